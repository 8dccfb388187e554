/* Tests the C interface: c_interface DATASET PROGRAM. Exits with 0 if all checks pass; otherwise prints the failed line. */
#include <gpgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLDS(condition)                                                                        \
  do {                                                                                          \
    if (!(condition)) {                                                                         \
      fprintf(stderr, "line %d: failed: %s; %s\n", __LINE__, #condition, error.message);       \
      exit(1);                                                                                  \
    }                                                                                           \
  } while (0)

enum { SAMPLES = 40, SIDE = 32, PIXELS = SIDE * SIDE, THREADS = 4 };
static const char *const RECIPE = "{\"side\": 32, \"length_scales\": [[2, 3], [6, 8]], \"samples\": 40, \"seed\": 3}";

/* A stream or source shared by several threads. */
typedef struct Shared {
  gpgen_stream stream;
  gpgen_source source;
  const float *expected;
  pthread_mutex_t mutex;
  int seen[SAMPLES];
} Shared;

static void *read_batches(void *argument) {
  Shared *shared = argument;
  gpgen_error error = {0};
  gpgen_batch batch;
  gpgen_batch_info info;
  gpgen_status status;
  while ((status = gpgen_stream_next(shared->stream, &batch, &info, &error)) == GPGEN_OK) {
    for (int64_t i = 0; i < info.count; i++) {
      int64_t sample = info.samples[i];
      HOLDS(memcmp(info.pixels + i * PIXELS, shared->expected + sample * PIXELS, PIXELS * sizeof(float)) == 0);
      HOLDS(info.labels[i] == sample % 4);
      pthread_mutex_lock(&shared->mutex);
      shared->seen[sample]++;
      pthread_mutex_unlock(&shared->mutex);
    }
    HOLDS(gpgen_batch_release(batch, &error) == GPGEN_OK);
  }
  HOLDS(status == GPGEN_END);
  return NULL;
}

static void *make_samples(void *argument) {
  Shared *shared = argument;
  gpgen_error error = {0};
  static const int64_t order[3] = {7, 39, 0};
  float *pixels = malloc(3 * PIXELS * sizeof(float));
  HOLDS(gpgen_read(shared->source, order, 3, pixels, 3 * PIXELS, 2, &error) == GPGEN_OK);
  for (int i = 0; i < 3; i++) {
    HOLDS(memcmp(pixels + i * PIXELS, shared->expected + order[i] * PIXELS, PIXELS * sizeof(float)) == 0);
  }
  free(pixels);
  return NULL;
}

static void on_threads(void *(*work)(void *), Shared *shared) {
  gpgen_error error = {0};
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) HOLDS(pthread_create(&threads[i], NULL, work, shared) == 0);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

int main(int count, char **arguments) {
  gpgen_error error = {0};
  if (count != 3) return 2;
  const char *path = arguments[1], *program = arguments[2];
  HOLDS(gpgen_interface_version() == GPGEN_INTERFACE_VERSION);

  /* Invalid arguments. */
  gpgen_source source = 0, recipe = 0;
  HOLDS(gpgen_open(NULL, program, &source, &error) == GPGEN_INVALID_ARGUMENT && strstr(error.message, "path: found NULL"));
  HOLDS(gpgen_open(path, program, NULL, &error) == GPGEN_INVALID_ARGUMENT);
  HOLDS(gpgen_open("none.h5", program, &source, &error) == GPGEN_FILE && error.code == GPGEN_FILE);
  HOLDS(gpgen_open(path, "none/gpgen", &source, &error) == GPGEN_FILE && strstr(error.message, "none/gpgen"));
  HOLDS(gpgen_open("none.h5", NULL, &source, NULL) == GPGEN_FILE);
  HOLDS(gpgen_open("\xff", NULL, &source, &error) == GPGEN_INVALID_ARGUMENT && strstr(error.message, "UTF-8"));
  HOLDS(gpgen_open_recipe("side: 3", "my.yaml", NULL, &recipe, &error) == GPGEN_RECIPE && strstr(error.message, "my.yaml:1"));
  HOLDS(source == 0 && recipe == 0);
  HOLDS(gpgen_describe(1234, NULL, 0, NULL, &error) == GPGEN_INVALID_HANDLE);
  /* A truncated message ends with dots and is valid UTF-8. */
  char *longer = malloc(9000);
  for (int i = 0; i < 4000; i++) memcpy(longer + 2 * i, "\xc3\xa9", 2);
  strcpy(longer + 8000, ".h5");
  HOLDS(gpgen_open(longer, NULL, &source, &error) == GPGEN_FILE);
  size_t length = strlen(error.message);
  HOLDS(length > 4000 && strcmp(error.message + length - 3, "...") == 0 && error.message[length - 4] == '\xa9');
  free(longer);

  /* A dataset and its recipe. */
  HOLDS(gpgen_open(path, program, &source, &error) == GPGEN_OK);
  HOLDS(gpgen_open_recipe(RECIPE, NULL, NULL, &recipe, &error) == GPGEN_OK);
  char text[1 << 16];
  HOLDS(gpgen_describe(source, NULL, 0, &length, &error) == GPGEN_TOO_SMALL && length > 100);
  size_t needed = length;
  HOLDS(gpgen_describe(source, text, needed, &length, &error) == GPGEN_TOO_SMALL);
  HOLDS(gpgen_describe(source, text, needed + 1, &length, &error) == GPGEN_OK && strlen(text) == needed);
  HOLDS(strstr(text, "\"kind\":\"dataset\"") && strstr(text, "\"count\":40"));
  HOLDS(gpgen_describe(source, text, sizeof text, NULL, &error) == GPGEN_INVALID_ARGUMENT);

  /* Pixels and labels. */
  int64_t all[SAMPLES];
  for (int i = 0; i < SAMPLES; i++) all[i] = i;
  float *pixels = malloc(SAMPLES * PIXELS * sizeof(float)), *made = malloc(SAMPLES * PIXELS * sizeof(float));
  HOLDS(gpgen_read(source, all, SAMPLES, pixels, SAMPLES * PIXELS, 0, &error) == GPGEN_OK);
  HOLDS(gpgen_read(recipe, all, SAMPLES, made, SAMPLES * PIXELS, 1, &error) == GPGEN_OK);
  HOLDS(memcmp(pixels, made, SAMPLES * PIXELS * sizeof(float)) == 0);
  HOLDS(gpgen_read(source, all, SAMPLES, made, SAMPLES * PIXELS - 1, 0, &error) == GPGEN_TOO_SMALL);
  HOLDS(gpgen_read(source, all, SIZE_MAX / 2, made, SIZE_MAX, 0, &error) == GPGEN_INVALID_ARGUMENT);
  HOLDS(gpgen_read(source, NULL, 1, made, PIXELS, 0, &error) == GPGEN_INVALID_ARGUMENT);
  HOLDS(gpgen_read(source, all, 1, NULL, PIXELS, 0, &error) == GPGEN_INVALID_ARGUMENT);
  HOLDS(gpgen_read(source, all, 1, made, PIXELS, -1, &error) == GPGEN_INVALID_ARGUMENT);
  HOLDS(gpgen_read(source, NULL, 0, NULL, 0, 0, &error) == GPGEN_OK);
  int64_t wrong[2] = {0, SAMPLES}, labels[SAMPLES];
  HOLDS(gpgen_read(source, wrong, 2, made, 2 * PIXELS, 0, &error) == GPGEN_INVALID_ARGUMENT);
  HOLDS(strstr(error.message, "samples[1]: found 40, expected 0 to 39"));
  HOLDS(gpgen_labels(source, all, SAMPLES, labels, &error) == GPGEN_OK && labels[0] == 0 && labels[7] == 3);
  HOLDS(gpgen_labels(source, wrong, 2, labels, &error) == GPGEN_INVALID_ARGUMENT);

  /* A mapping outlives its source. */
  gpgen_mapping mapping = 0;
  const void *mapped = NULL;
  size_t bytes = 0;
  HOLDS(gpgen_map(recipe, &mapping, &mapped, &bytes, &error) == GPGEN_UNSUPPORTED);
  HOLDS(gpgen_map(source, &mapping, NULL, &bytes, &error) == GPGEN_INVALID_ARGUMENT);
  HOLDS(gpgen_map(source, &mapping, &mapped, &bytes, &error) == GPGEN_OK && bytes == SAMPLES * PIXELS * sizeof(float));
  HOLDS(memcmp(mapped, pixels, bytes) == 0);

  /* Streams with invalid options and states. */
  gpgen_stream stream = 0, other = 0;
  HOLDS(gpgen_stream_open(source, "{\"batch\": 3}", NULL, &stream, &error) == GPGEN_INVALID_ARGUMENT);
  HOLDS(strstr(error.message, "\"batch\" is not an option"));
  HOLDS(gpgen_stream_open(source, "3", NULL, &stream, &error) == GPGEN_INVALID_ARGUMENT);
  HOLDS(gpgen_stream_open(source, "", NULL, &stream, &error) == GPGEN_INVALID_ARGUMENT);
  HOLDS(gpgen_stream_open(source, NULL, NULL, &stream, &error) == GPGEN_INVALID_ARGUMENT);
  HOLDS(gpgen_stream_open(source, "{\"batch_size\": 0}", NULL, &stream, &error) == GPGEN_INVALID_ARGUMENT);
  HOLDS(gpgen_stream_open(source, "{}", "{}", &stream, &error) == GPGEN_INVALID_ARGUMENT && stream == 0);
  HOLDS(gpgen_stream_open(source, "{\"shuffle_seed\": 1}", "{\"epoch\":0,\"position\":0,\"seed\":2,\"dataset_hash\":\"0\"}",
                          &stream, &error) == GPGEN_FOREIGN_STATE);

  /* Batches are the same in the caller's memory and the library's; a state resumes after the delivered ones. */
  HOLDS(gpgen_stream_open(source, "{\"batch_size\": 12}", NULL, &stream, &error) == GPGEN_OK);
  HOLDS(gpgen_stream_open(recipe, "{\"batch_size\": 12}", NULL, &other, &error) == GPGEN_OK);
  gpgen_stream_info about;
  HOLDS(gpgen_stream_describe(stream, &about, &error) == GPGEN_OK);
  HOLDS(about.batches_per_epoch == 4 && about.samples_per_epoch == 40 && about.batch_size == 12);
  HOLDS(about.axes == 2 && about.extents[0] == SIDE && about.extents[1] == SIDE);
  gpgen_batch batches[4];
  gpgen_batch_info info, copy;
  int64_t samples[12];
  char state[500] = "";
  HOLDS(gpgen_stream_next_into(other, made, 12 * PIXELS - 1, labels, samples, 12, &copy, &error) == GPGEN_TOO_SMALL);
  HOLDS(gpgen_stream_next_into(other, made, 12 * PIXELS, labels, samples, 11, &copy, &error) == GPGEN_TOO_SMALL);
  for (int i = 0; i < 4; i++) {
    HOLDS(gpgen_stream_next(stream, &batches[i], &info, &error) == GPGEN_OK);
    HOLDS(gpgen_stream_next_into(other, made, 12 * PIXELS, labels, samples, 12, &copy, &error) == GPGEN_OK);
    HOLDS(info.count == (i < 3 ? 12 : 4) && info.is_last == (i == 3) && info.epoch == 0);
    HOLDS(copy.count == info.count && copy.pixels == made && copy.labels == labels && copy.samples == samples);
    HOLDS(memcmp(made, info.pixels, (size_t)info.count * PIXELS * sizeof(float)) == 0);
    HOLDS(memcmp(labels, info.labels, (size_t)info.count * 8) == 0);
    HOLDS(memcmp(samples, info.samples, (size_t)info.count * 8) == 0);
    if (i == 1) HOLDS(gpgen_stream_state(stream, state, sizeof state, &length, &error) == GPGEN_OK);
  }
  HOLDS(gpgen_stream_next(stream, &batches[0], &info, &error) == GPGEN_END);
  gpgen_stream again = 0;
  gpgen_batch third = 0;
  HOLDS(gpgen_stream_open(recipe, "{\"batch_size\": 12}", state, &again, &error) == GPGEN_OK);
  HOLDS(gpgen_stream_next(again, &third, &copy, &error) == GPGEN_OK);
  HOLDS(gpgen_stream_close(stream, &error) == GPGEN_OK);
  /* Batches outlive their stream. */
  HOLDS(copy.count == 12 && copy.labels[0] == copy.samples[0] % 4);
  for (int i = 1; i < 4; i++) HOLDS(gpgen_batch_release(batches[i], &error) == GPGEN_OK);
  HOLDS(gpgen_batch_release(batches[1], &error) == GPGEN_INVALID_HANDLE && strstr(error.message, "closed"));
  HOLDS(gpgen_batch_release(source, &error) == GPGEN_INVALID_HANDLE && strstr(error.message, "is a source"));
  HOLDS(gpgen_stream_next(stream, &batches[0], &info, &error) == GPGEN_INVALID_HANDLE);
  HOLDS(gpgen_stream_close(stream, &error) == GPGEN_INVALID_HANDLE);

  /* Several threads. */
  Shared shared = {.expected = pixels, .source = recipe, .mutex = PTHREAD_MUTEX_INITIALIZER};
  HOLDS(gpgen_stream_open(source, "{\"batch_size\": 3, \"epochs\": 5}", NULL, &shared.stream, &error) == GPGEN_OK);
  on_threads(read_batches, &shared);
  for (int i = 0; i < SAMPLES; i++) HOLDS(shared.seen[i] == 5);
  on_threads(make_samples, &shared);
  HOLDS(gpgen_stream_close(shared.stream, &error) == GPGEN_OK);

  HOLDS(gpgen_close(source, &error) == GPGEN_OK && gpgen_close(recipe, &error) == GPGEN_OK);
  HOLDS(gpgen_close(source, &error) == GPGEN_INVALID_HANDLE);
  HOLDS(memcmp(mapped, pixels, bytes) == 0);
  HOLDS(gpgen_unmap(mapping, &error) == GPGEN_OK && gpgen_unmap(mapping, &error) == GPGEN_INVALID_HANDLE);
  free(pixels);
  free(made);
  puts("all checks passed");
  return 0;
}
