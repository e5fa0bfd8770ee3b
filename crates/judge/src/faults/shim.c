// Fails, slows or counts the syncs of a process. Preloaded; steered through a shared file of six 32-bit numbers:
// [0] syncs until one fails (0: none will), [1] milliseconds each one takes longer, [2] syncs seen, [3] syncs failed,
// [4] whether a sync that fails also loses what was written since the one before (1) or leaves it to be read (0), as a
// kernel may do either, [5] writes lost so.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static _Atomic int *control;

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("SHIM_CONTROL");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *map = mmap(NULL, 24, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
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

// What was there before a write that is not synced yet; the newest first.
struct undo {
    struct undo *next;
    ino_t file;
    off_t at, size;
    size_t length;
    char old[];
};

static struct undo *unsynced;
static pthread_mutex_t unsynced_lock = PTHREAD_MUTEX_INITIALIZER;

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static void remember(int file, off_t at, size_t length) {
    struct stat found;
    if (fstat(file, &found) < 0 || !S_ISREG(found.st_mode)) return;
    struct undo *undo = malloc(sizeof *undo + length);
    if (!undo) return;
    ssize_t had = ((ssize_t (*)(int, void *, size_t, off_t))next("pread"))(file, undo->old, length, at);
    undo->file = found.st_ino;
    undo->at = at;
    undo->size = found.st_size;
    undo->length = had > 0 ? had : 0;
    pthread_mutex_lock(&unsynced_lock);
    undo->next = unsynced;
    unsynced = undo;
    pthread_mutex_unlock(&unsynced_lock);
}

// Forgets what is synced now, or takes it back.
static void settle(int file, int lost) {
    struct stat found;
    if (fstat(file, &found) < 0) return;
    pthread_mutex_lock(&unsynced_lock);
    for (struct undo **at = &unsynced; *at;) {
        struct undo *undo = *at;
        if (undo->file != found.st_ino) {
            at = &undo->next;
            continue;
        }
        if (lost) {
            ((ssize_t (*)(int, const void *, size_t, off_t))next("pwrite"))(file, undo->old, undo->length, undo->at);
            struct stat now;
            if (fstat(file, &now) == 0 && now.st_size > undo->size) ((int (*)(int, off_t))next("ftruncate"))(file, undo->size);
            atomic_fetch_add(&control[5], 1);
        }
        *at = undo->next;
        free(undo);
    }
    pthread_mutex_unlock(&unsynced_lock);
}

ssize_t write(int file, const void *bytes, size_t length) {
    if (control && file > 2 && concerns(file)) {
        off_t at = lseek(file, 0, SEEK_CUR);
        if (at >= 0) remember(file, at, length);
    }
    return ((ssize_t (*)(int, const void *, size_t))next("write"))(file, bytes, length);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) {
    if (control && concerns(file)) remember(file, at, length);
    return ((ssize_t (*)(int, const void *, size_t, off_t))next("pwrite"))(file, bytes, length, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t at) { return pwrite(file, bytes, length, at); }

static int sync_as_told(int file, const char *name) {
    if (control && concerns(file)) {
        atomic_fetch_add(&control[2], 1);
        int slow = atomic_load(&control[1]);
        if (slow > 0) nanosleep(&(struct timespec){slow / 1000, slow % 1000 * 1000000L}, NULL);
        int left = atomic_load(&control[0]);
        if (left > 0 && atomic_fetch_sub(&control[0], 1) == 1) {
            atomic_fetch_add(&control[3], 1);
            settle(file, atomic_load(&control[4]));
            errno = EIO;
            return -1;
        }
    }
    int synced = ((int (*)(int))next(name))(file);
    if (control && synced == 0 && concerns(file)) settle(file, 0);
    return synced;
}

int fsync(int file) { return sync_as_told(file, "fsync"); }
int fdatasync(int file) { return sync_as_told(file, "fdatasync"); }
