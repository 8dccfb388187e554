/* gpgen's C interface: textures from datasets and recipes, individually or as a stream of batches.
 *
 * Link with libGpgenC. All functions may be called from several threads; calls on the same stream wait for one another. After
 * fork(), a child process must not use handles of its parent. It can open its own, provided that no other thread was inside a
 * call at the fork.
 *
 * Handles are never reused, so a closed handle is recognised. 0 is never a handle.
 *
 * Every function that can fail returns a gpgen_status. If it is neither GPGEN_OK nor GPGEN_END, and `error` is not NULL, *error
 * describes what was found, what was expected and what to do; all other outputs are then undefined, unless stated otherwise.
 *
 * Text is UTF-8 and ends with a zero byte. A function that returns text writes it to `text`, which has room for `capacity`
 * bytes, and its length without the zero byte to *length. If the capacity is too small, it returns GPGEN_TOO_SMALL and writes
 * only the length; to query the length, pass NULL as text and 0 as capacity.
 *
 * Legend: B number of textures in a batch; N extents of a texture, in the order of its axes: (x), (y, x) or (z, y, x). Arrays
 * are row-major.
 */
#ifndef GPGEN_H
#define GPGEN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface; gpgen_interface_version() returns the library's. It changes when programs compiled with one
 * version of this header do not work with the library of the other. */
#define GPGEN_INTERFACE_VERSION 1

typedef int32_t gpgen_status;

enum {
  GPGEN_OK = 0,
  /* There are no more batches. Not an error. */
  GPGEN_END = 1,
  /* An invalid argument: a NULL pointer, a number out of range, or invalid options. */
  GPGEN_INVALID_ARGUMENT = 2,
  /* A handle that is closed, was never returned, or is of another kind. */
  GPGEN_INVALID_HANDLE = 3,
  /* The output buffer is too small. */
  GPGEN_TOO_SMALL = 4,
  /* A file is missing, damaged, unfinished or unreadable. */
  GPGEN_FILE = 5,
  /* A recipe cannot be read, or its textures cannot be drawn. */
  GPGEN_RECIPE = 6,
  /* The state belongs to another dataset, seed or part. */
  GPGEN_FOREIGN_STATE = 7,
  /* Out of memory. */
  GPGEN_MEMORY = 8,
  /* The operation is not possible with this source; the message says why. */
  GPGEN_UNSUPPORTED = 9
};

/* A description of a failure. */
typedef struct gpgen_error {
  gpgen_status code;
  /* Ends with a zero byte. A message that does not fit is truncated and ends with three dots. */
  char message[4092];
} gpgen_error;

/* Textures: a dataset's files, or a recipe from which textures are generated on demand. */
typedef uint64_t gpgen_source;
/* A stream of batches of a source's textures. */
typedef uint64_t gpgen_stream;
/* A batch in the library's memory. */
typedef uint64_t gpgen_batch;
/* A dataset's pixels, mapped into memory. */
typedef uint64_t gpgen_mapping;

/* Returns the interface version of the library. */
int32_t gpgen_interface_version(void);

/* Opens a shard, an index, or a folder of shards of a finished dataset.
 *
 * program: path of the `gpgen` command, which first reads the structure of the files in a separate process, so that a file
 * that crashes the HDF5 library does not crash this process. NULL for trusted files. */
gpgen_status gpgen_open(const char *path, const char *program, gpgen_source *source, gpgen_error *error);

/* Opens a recipe: YAML or JSON as described by schemas/recipe.schema.json.
 *
 * name: the recipe's file name in messages; NULL for none.
 * folder: the folder to which paths in the recipe are relative, with a trailing slash; NULL for the working directory. */
gpgen_status gpgen_open_recipe(
    const char *recipe, const char *name, const char *folder, gpgen_source *source, gpgen_error *error);

/* Closes a source. Its streams and mappings stay open. */
gpgen_status gpgen_close(gpgen_source source, gpgen_error *error);

/* Describes a source in JSON, as specified by schemas/source.schema.json: recipe, hash, samples, shape, classes, files. */
gpgen_status gpgen_describe(gpgen_source source, char *text, size_t capacity, size_t *length, gpgen_error *error);

/* Reads or generates textures.
 *
 * samples: `count` indices in the whole dataset, in any order.
 * pixels: shape (count, N); has room for `capacity` floats.
 * threads: the number of threads; 0 for all cores. */
gpgen_status gpgen_read(
    gpgen_source source, const int64_t *samples, size_t count, float *pixels, size_t capacity, int32_t threads,
    gpgen_error *error);

/* Writes the classes of `count` samples to labels. */
gpgen_status gpgen_labels(
    gpgen_source source, const int64_t *samples, size_t count, int64_t *labels, gpgen_error *error);

/* Maps the pixels of all shards of a dataset into contiguous memory, read-only, as stored in the files.
 *
 * pixels: the start of an array of shape (samples, N), whose dtype gpgen_describe returns. It is valid until gpgen_unmap.
 * Reading it after another process has truncated a file ends this process with SIGBUS.
 *
 * Returns GPGEN_UNSUPPORTED if there are several shards whose pixels do not fill whole pages; then map each shard
 * separately. */
gpgen_status gpgen_map(
    gpgen_source source, gpgen_mapping *mapping, const void **pixels, size_t *bytes, gpgen_error *error);
/* Unmaps a dataset's pixels. */
gpgen_status gpgen_unmap(gpgen_mapping mapping, gpgen_error *error);

/* Opens a stream.
 *
 * options: JSON as described by schemas/stream.schema.json; "{}" for one epoch of shuffled batches of 16.
 * state: a state from gpgen_stream_state, of this or another process, or from gpgen in any other language; NULL to start at
 * the beginning. */
gpgen_status gpgen_stream_open(
    gpgen_source source, const char *options, const char *state, gpgen_stream *stream, gpgen_error *error);

/* Closes a stream. Its batches stay valid until they are released. A thread that waits for a batch gets GPGEN_END. */
gpgen_status gpgen_stream_close(gpgen_stream stream, gpgen_error *error);

/* A batch. */
typedef struct gpgen_batch_info {
  /* B; less than the batch size at the end of an epoch. */
  int64_t count;
  /* The epoch's index, from 0. */
  int64_t epoch;
  /* 1 for the last batch of its epoch for this rank, otherwise 0. */
  int32_t is_last;
  int32_t reserved;
  /* Shape (B, 1, N); aligned to 4,096 bytes. The caller may change them. */
  float *pixels;
  /* Shape (B): the class of each texture. */
  const int64_t *labels;
  /* Shape (B): the index of each texture in the whole dataset. */
  const int64_t *samples;
} gpgen_batch_info;

/* Returns the next batch, which stays in the library's memory until gpgen_batch_release. Blocks until it is available.
 *
 * A caller may hold as many batches as fit in memory. Returns GPGEN_END after the last epoch. */
gpgen_status gpgen_stream_next(gpgen_stream stream, gpgen_batch *batch, gpgen_batch_info *info, gpgen_error *error);
/* Releases a batch and its memory. */
gpgen_status gpgen_batch_release(gpgen_batch batch, gpgen_error *error);

/* Copies the next batch into the caller's memory, to which the pointers of *info then point.
 *
 * pixels: room for `pixel_capacity` floats. labels, samples: room for `count_capacity` numbers each; may be NULL.
 * Returns GPGEN_TOO_SMALL, and consumes no batch, if the largest batch of this stream would not fit. */
gpgen_status gpgen_stream_next_into(
    gpgen_stream stream, float *pixels, size_t pixel_capacity, int64_t *labels, int64_t *samples, size_t count_capacity,
    gpgen_batch_info *info, gpgen_error *error);

/* Returns the stream's position in JSON: after the batches delivered so far, regardless of what has been read ahead. */
gpgen_status gpgen_stream_state(gpgen_stream stream, char *text, size_t capacity, size_t *length, gpgen_error *error);

/* The sizes of a stream. */
typedef struct gpgen_stream_info {
  /* For this rank. */
  int64_t batches_per_epoch;
  /* For all ranks. */
  int64_t samples_per_epoch;
  int64_t batch_size;
  /* The number of extents, at most 3. */
  int32_t axes;
  int32_t reserved;
  /* N, the extents of the delivered textures. */
  int64_t extents[3];
} gpgen_stream_info;

/* Describes a stream. */
gpgen_status gpgen_stream_describe(gpgen_stream stream, gpgen_stream_info *info, gpgen_error *error);

/* Runs the gpgen command with this process's own arguments, and exits if it fails. For programs that do nothing else: call it
 * first, while the process has one thread. */
void gpgen_run_program(void);

#ifdef __cplusplus
}
#endif

#endif
