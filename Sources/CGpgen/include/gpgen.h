/* gpgen's C interface: textures of datasets and recipes, one by one or as a stream of batches.
 *
 * Link with libGpgenC. All functions may be called from several threads; calls that use the same stream wait for one another.
 * After fork() the child may call none of them.
 *
 * Handles are numbers that are used once, so that one that was closed is recognised. 0 is none.
 *
 * Every function returns a gpgen_status. Where this is neither GPGEN_OK nor GPGEN_END, and `error` is not NULL, *error says
 * what was found, what was expected and what to do; nothing else that the function would have written has a meaning then.
 *
 * Text is UTF-8 and ends with a zero byte. A function that gives text writes it to `text`, which has `capacity` bytes, and its
 * length without the zero byte to *length. With a capacity that is too small it returns GPGEN_TOO_SMALL and writes the length
 * alone, so that a first call may have a NULL text and a capacity of 0.
 *
 * Legend: B textures in a batch; N the extents of a texture, in the order of its axes: x, y x, or z y x. Arrays are row-major.
 */
#ifndef GPGEN_H
#define GPGEN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface; gpgen_interface_version() returns that of the library. It changes where a program that was
 * compiled with the header of one would not work with the library of the other. */
#define GPGEN_INTERFACE_VERSION 1

typedef int32_t gpgen_status;

enum {
  GPGEN_OK = 0,
  /* There is no further batch. Not an error. */
  GPGEN_END = 1,
  /* An argument that cannot be: a NULL pointer, a number out of range, options that are not as described. */
  GPGEN_INVALID_ARGUMENT = 2,
  /* A handle that is closed, was never given out, or is of another kind. */
  GPGEN_INVALID_HANDLE = 3,
  /* Room for less than there is to write. */
  GPGEN_TOO_SMALL = 4,
  /* A file that is not there, is damaged or unfinished, or cannot be read. */
  GPGEN_FILE = 5,
  /* A recipe that cannot be read or drawn. */
  GPGEN_RECIPE = 6,
  /* A state of another dataset, seed or part. */
  GPGEN_FOREIGN_STATE = 7,
  /* Too little memory. */
  GPGEN_MEMORY = 8,
  /* What is asked for is not possible with these files; the message says why. */
  GPGEN_UNSUPPORTED = 9
};

/* What went wrong. */
typedef struct gpgen_error {
  gpgen_status code;
  /* Ends with a zero byte. One that does not fit ends with three dots. */
  char message[4092];
} gpgen_error;

/* Textures: a dataset's files, or a recipe that makes them as they are asked for. */
typedef uint64_t gpgen_source;
/* Batches of a source's textures. */
typedef uint64_t gpgen_stream;
/* A batch that the library has in memory. */
typedef uint64_t gpgen_batch;
/* A dataset's pixels in the process's memory. */
typedef uint64_t gpgen_mapping;

/* The interface version of the library. */
int32_t gpgen_interface_version(void);

/* Opens a shard, an index, or a folder of shards; the dataset has to be finished.
 *
 * program: path of the `gpgen` command, which reads the structure of the files in a process of its own first, so that a file
 * that crashes the HDF5 library does not crash this process. NULL for files that can be trusted. */
gpgen_status gpgen_open(const char *path, const char *program, gpgen_source *source, gpgen_error *error);

/* Opens a recipe: YAML or JSON as schemas/recipe.schema.json describes it.
 *
 * name: of the file it comes from, for messages; NULL for none.
 * folder: from which paths in the recipe lead, with a slash at its end; NULL for the working directory. */
gpgen_status gpgen_open_recipe(
    const char *recipe, const char *name, const char *folder, gpgen_source *source, gpgen_error *error);

/* Closes a source. Streams and mappings of it stay open. */
gpgen_status gpgen_close(gpgen_source source, gpgen_error *error);

/* Describes a source in JSON, as schemas/source.schema.json has it: recipe, hash, samples, shape, classes, files. */
gpgen_status gpgen_describe(gpgen_source source, char *text, size_t capacity, size_t *length, gpgen_error *error);

/* Reads or makes textures.
 *
 * samples: `count` indices in the whole dataset, in any order.
 * pixels: of shape (count, N); `capacity` is the number of floats that there is room for.
 * threads: 0 for all cores. */
gpgen_status gpgen_read(
    gpgen_source source, const int64_t *samples, size_t count, float *pixels, size_t capacity, int32_t threads,
    gpgen_error *error);

/* The classes of `count` samples. */
gpgen_status gpgen_labels(
    gpgen_source source, const int64_t *samples, size_t count, int64_t *labels, gpgen_error *error);

/* Maps the pixels of all shards of a dataset into memory, read-only, one behind the other, as the files have them.
 *
 * pixels: where they begin, of the dtype and of shape (samples, N) that gpgen_describe says. They stay there until
 * gpgen_unmap. Reading them after another process has shortened a file ends this process with SIGBUS.
 *
 * GPGEN_UNSUPPORTED where there are several shards and their pixels do not fill whole pages: map the shards one by one. */
gpgen_status gpgen_map(
    gpgen_source source, gpgen_mapping *mapping, const void **pixels, size_t *bytes, gpgen_error *error);
gpgen_status gpgen_unmap(gpgen_mapping mapping, gpgen_error *error);

/* Begins to stream.
 *
 * options: JSON as schemas/stream.schema.json describes it; "{}" for one epoch of shuffled batches of 16.
 * state: as gpgen_stream_state gives it, of this or another process, or of gpgen in any other language; NULL for the
 * beginning. */
gpgen_status gpgen_stream_open(
    gpgen_source source, const char *options, const char *state, gpgen_stream *stream, gpgen_error *error);

/* Closes a stream. Batches of it stay valid until they are released; a thread that waits for one gets GPGEN_END. */
gpgen_status gpgen_stream_close(gpgen_stream stream, gpgen_error *error);

/* A batch. */
typedef struct gpgen_batch_info {
  /* B; fewer than the batch size at an epoch's end. */
  int64_t count;
  /* From 0. */
  int64_t epoch;
  /* Whether it is the last batch of its epoch for this rank: 1 or 0. */
  int32_t is_last;
  int32_t reserved;
  /* Shape (B, 1, N); aligned to 4,096 bytes. The caller may change them. */
  float *pixels;
  /* Shape (B): the class of each texture. */
  const int64_t *labels;
  /* Shape (B): the index of each texture in the whole dataset. */
  const int64_t *samples;
} gpgen_batch_info;

/* The next batch, in the library's memory until gpgen_batch_release. Blocks until it is there.
 *
 * A caller may hold as many batches as there is memory for. Returns GPGEN_END after the last epoch. */
gpgen_status gpgen_stream_next(gpgen_stream stream, gpgen_batch *batch, gpgen_batch_info *info, gpgen_error *error);
gpgen_status gpgen_batch_release(gpgen_batch batch, gpgen_error *error);

/* The next batch, copied into the caller's memory; the pointers of *info are that memory's.
 *
 * pixels: room for `pixel_capacity` floats. labels, samples: room for `count_capacity` each; NULL where they are not wanted.
 * Where the room may be too small for a batch of this stream, nothing is delivered: GPGEN_TOO_SMALL. */
gpgen_status gpgen_stream_next_into(
    gpgen_stream stream, float *pixels, size_t pixel_capacity, int64_t *labels, int64_t *samples, size_t count_capacity,
    gpgen_batch_info *info, gpgen_error *error);

/* Where the stream is, in JSON: the batches delivered so far are behind it, whatever has been read ahead. */
gpgen_status gpgen_stream_state(gpgen_stream stream, char *text, size_t capacity, size_t *length, gpgen_error *error);

/* The number of batches in an epoch of this rank, of samples in an epoch of all ranks, and the extents N of the textures that
 * come out: `axes` of them, at most 3. */
typedef struct gpgen_stream_info {
  int64_t batches_per_epoch;
  int64_t samples_per_epoch;
  int64_t batch_size;
  int32_t axes;
  int32_t reserved;
  int64_t extents[3];
} gpgen_stream_info;

gpgen_status gpgen_stream_describe(gpgen_stream stream, gpgen_stream_info *info, gpgen_error *error);

/* Runs the gpgen command with this process's own arguments, and ends the process where it fails. For a program that is nothing
 * else: to be called first of all, while the process has one thread. */
void gpgen_run_program(void);

#ifdef __cplusplus
}
#endif

#endif
