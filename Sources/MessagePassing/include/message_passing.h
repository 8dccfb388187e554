#ifndef MESSAGE_PASSING_H
#define MESSAGE_PASSING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What training in several processes needs of MPI. In C, since MPI's handles and types are macros that Swift cannot see.

   All processes call the same functions in the same order, from one thread at a time. An error of MPI ends all of them, with MPI's
   own message. Functions are there only with the package trait MPI. */

/* Begins, and says which process this is, of how many, and of how many on this machine.
   Returns false where MPI allows calls from the main thread only. */
bool message_passing_begin(int *rank, int *count, int *local_count);

/* Concatenates the bytes of all processes in the order of their ranks; `counts` gets the bytes of each.
   Returns memory to be freed, or NULL where there is no room for it, or for more than 2 GiB. */
void *message_passing_gather(const void *bytes, size_t count, size_t *counts, int processes);

/* Replaces numbers by their sums over all processes. */
void message_passing_sum(float *numbers, size_t count);

/* Ends in order: all processes call it. */
void message_passing_end(void);

/* Ends all processes at once, wherever they are; the launcher reports the status. */
_Noreturn void message_passing_abort(int status);

#endif
