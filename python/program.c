/* The wheel's gpgen: all of it is in the library beside it, which Python loads too, so that the wheel holds it once. */
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
  static const char library[] = "/../lib/libGpgenC.so";
  char path[PATH_MAX + sizeof library];
  ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
  if (length < 0 || length >= PATH_MAX) {
    perror("gpgen: /proc/self/exe");
    return 1;
  }
  path[length] = 0;
  dirname(path);
  strcat(path, library);
  void *handle = dlopen(path, RTLD_NOW);
  void (*run)(void) = NULL;
  if (handle) *(void **)&run = dlsym(handle, "gpgen_run_program");
  if (!run) {
    fprintf(stderr, "gpgen: %s\n", dlerror());
    return 1;
  }
  run();
  return 0;
}
