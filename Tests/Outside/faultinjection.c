/* Makes one call of a function, or all of them, fail with a system error. faultinjection.py loads it into gpgen with
 * LD_PRELOAD.
 *
 * Only calls for files under a folder count, by path or by open descriptor, and anonymous mappings of at least 1 MiB.
 * So neither the start of the program nor its output is affected. The process that gpgen starts to read the headers of
 * files first is not affected either.
 *
 * FAULT_FUNCTION  write (and pwrite), read (and pread), fsync, ftruncate, flock, rename, link, unlink or mmap
 * FAULT_NUMBER    the number of the call that fails, from 1; 0 for none, -1 for all
 * FAULT_ERRNO     the error number
 * FAULT_FOLDER    the absolute path of the folder, which is the program's working directory
 * FAULT_REPORT    output file for the number of calls
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *function = "", *folder = "", *report = "";
static int number, error;
static atomic_int calls;

__attribute__((constructor)) static void begin(void) {
    char arguments[4096] = "";
    int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    syscall(SYS_read, file, arguments, sizeof arguments - 1);
    close(file);
    if (!strcmp(arguments + strlen(arguments) + 1, "__sandbox")) return;
    folder = getenv("FAULT_FOLDER");
    report = getenv("FAULT_REPORT");
    number = atoi(getenv("FAULT_NUMBER"));
    error = atoi(getenv("FAULT_ERRNO"));
    function = getenv("FAULT_FUNCTION");
}

__attribute__((destructor)) static void end(void) {
    FILE *file = *report ? fopen(report, "w") : NULL;
    if (!file) return;
    fprintf(file, "%d\n", atomic_load(&calls));
    fclose(file);
}

static int is_under_folder(const char *path) {
    size_t length = strlen(folder);
    return !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

static int is_descriptor_under_folder(int descriptor) {
    char name[64], path[PATH_MAX];
    snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_under_folder(path);
}

/* Whether this call fails; counts it. */
static int fails(void) {
    int call = atomic_fetch_add(&calls, 1) + 1;
    if (number >= 0 && call != number) return 0;
    errno = error;
    return 1;
}

static int fails_on_descriptor(const char *name, int descriptor) {
    return !strcmp(function, name) && is_descriptor_under_folder(descriptor) && fails();
}

static int fails_on_path(const char *name, const char *path) {
    // A relative path is under the working directory.
    return !strcmp(function, name) && (*path != '/' || is_under_folder(path)) && fails();
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    return fails_on_descriptor("write", descriptor) ? -1 : syscall(SYS_write, descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    return fails_on_descriptor("write", descriptor) ? -1 : syscall(SYS_pwrite64, descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    return pwrite(descriptor, bytes, count, offset);
}

ssize_t read(int descriptor, void *bytes, size_t count) {
    return fails_on_descriptor("read", descriptor) ? -1 : syscall(SYS_read, descriptor, bytes, count);
}

ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
    return fails_on_descriptor("read", descriptor) ? -1 : syscall(SYS_pread64, descriptor, bytes, count, offset);
}

ssize_t pread64(int descriptor, void *bytes, size_t count, off64_t offset) {
    return pread(descriptor, bytes, count, offset);
}

int fsync(int descriptor) {
    return fails_on_descriptor("fsync", descriptor) ? -1 : syscall(SYS_fsync, descriptor);
}

int ftruncate(int descriptor, off_t length) {
    return fails_on_descriptor("ftruncate", descriptor) ? -1 : syscall(SYS_ftruncate, descriptor, length);
}

int ftruncate64(int descriptor, off64_t length) { return ftruncate(descriptor, length); }

int flock(int descriptor, int operation) {
    // Unlocking always succeeds.
    if (operation & LOCK_UN) return syscall(SYS_flock, descriptor, operation);
    return fails_on_descriptor("flock", descriptor) ? -1 : syscall(SYS_flock, descriptor, operation);
}

int rename(const char *from, const char *to) {
    return fails_on_path("rename", from) ? -1 : syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int link(const char *from, const char *to) {
    return fails_on_path("link", from) ? -1 : syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path) {
    return fails_on_path("unlink", path) ? -1 : syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

void *mmap(void *place, size_t length, int protection, int flags, int descriptor, off_t offset) {
    if (!strcmp(function, "mmap") && flags & MAP_ANONYMOUS && length >= 1 << 20 && fails()) return MAP_FAILED;
    return (void *)syscall(SYS_mmap, place, length, protection, flags, descriptor, offset);
}

void *mmap64(void *place, size_t length, int protection, int flags, int descriptor, off64_t offset) {
    return mmap(place, length, protection, flags, descriptor, offset);
}
