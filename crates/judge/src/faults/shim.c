// Fails, slows or counts the syncs of a process. Preloaded; steered through a shared file of four 32-bit numbers:
// [0] syncs until one fails (0: none will), [1] milliseconds each one takes longer, [2] syncs seen, [3] syncs failed.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static _Atomic int *control;

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("SHIM_CONTROL");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *map = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map != MAP_FAILED) control = map;
    close(file);
}

static int concerns(int file) {
    const char *part = getenv("SHIM_PATH");
    if (!part) return 1;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, part) != NULL;
}

static int sync_as_told(int file, const char *name) {
    int (*real)(int);
    if (control && concerns(file)) {
        atomic_fetch_add(&control[2], 1);
        int slow = atomic_load(&control[1]);
        if (slow > 0) nanosleep(&(struct timespec){slow / 1000, slow % 1000 * 1000000L}, NULL);
        int left = atomic_load(&control[0]);
        if (left > 0 && atomic_fetch_sub(&control[0], 1) == 1) {
            atomic_fetch_add(&control[3], 1);
            errno = EIO;
            return -1;
        }
    }
    real = (int (*)(int))dlsym(RTLD_NEXT, name);
    return real(file);
}

int fsync(int file) { return sync_as_told(file, "fsync"); }
int fdatasync(int file) { return sync_as_told(file, "fdatasync"); }
