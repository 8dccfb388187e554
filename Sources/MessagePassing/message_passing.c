#include "message_passing.h"

#ifdef GPGEN_MPI
#include <limits.h>
#include <mpi.h>
#include <stdlib.h>

bool message_passing_begin(int *rank, int *count, int *local_count) {
  int provided = MPI_THREAD_SINGLE;
  MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, rank);
  MPI_Comm_size(MPI_COMM_WORLD, count);
  MPI_Comm machine;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
  MPI_Comm_size(machine, local_count);
  MPI_Comm_free(&machine);
  return provided >= MPI_THREAD_SERIALIZED;
}

void *message_passing_gather(const void *bytes, size_t count, size_t *counts, int processes) {
  /* MPI counts with int. */
  uint64_t own = count;
  uint64_t *all = malloc(sizeof *all * processes);
  int *sizes = malloc(sizeof *sizes * processes), *places = malloc(sizeof *places * processes);
  char *result = NULL;
  if (all && sizes && places) {
    MPI_Allgather(&own, 1, MPI_UINT64_T, all, 1, MPI_UINT64_T, MPI_COMM_WORLD);
    uint64_t total = 0;
    for (int process = 0; process < processes; process++) {
      counts[process] = all[process];
      sizes[process] = (int)all[process];
      places[process] = (int)total;
      total += all[process];
    }
    /* The same in all processes, so that none waits for another that has given up. */
    if (total <= INT_MAX && (result = malloc(total ? total : 1)))
      MPI_Allgatherv(bytes, (int)count, MPI_BYTE, result, sizes, places, MPI_BYTE, MPI_COMM_WORLD);
  }
  free(all);
  free(sizes);
  free(places);
  return result;
}

void message_passing_sum(float *numbers, size_t count) {
  while (count > 0) {
    int part = count < INT_MAX ? (int)count : INT_MAX;
    MPI_Allreduce(MPI_IN_PLACE, numbers, part, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    numbers += part;
    count -= (size_t)part;
  }
}

void message_passing_end(void) { MPI_Finalize(); }

_Noreturn void message_passing_abort(int status) {
  MPI_Abort(MPI_COMM_WORLD, status);
  abort();
}
#endif
