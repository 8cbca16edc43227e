// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

// Before main, libFuzzer's as well as ours: libsodium aborts what uses it unprepared.
__attribute__((constructor)) static void start(void) {
    MUST(secret_start() == OK);
}

void fuzz_must(bool holds, const char *what) {
    if (!holds) {
        (void)fprintf(stderr, "does not hold: %s (last error: %s)\n", what, err_detail());
        abort();
    }
}

const char *fuzz_file(struct bytes contents) {
    static char path[64];
    static int fd = -1;
    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        MUST(fd >= 0 && fchmod(fd, S_IRUSR | S_IWUSR) == 0);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    MUST(ftruncate(fd, 0) == 0);
    MUST(pwrite(fd, contents.data, contents.len, 0) == (ssize_t)contents.len);
    return path;
}

static char folder[64], kept[64];

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place) {
    (void)about;
    (void)kind;
    return place->level > 0 ? remove(path) : 0;
}

static void empty(const char *path) {
    MUST(nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static void remove_folder(void) {
    empty(folder);
    (void)rmdir(folder);
}

static void remove_kept(void) {
    empty(kept);
    (void)rmdir(kept);
}

static void make(char path[64], void (*at_exit)(void)) {
    (void)snprintf(path, 64, "/dev/shm/signpost-fuzz-XXXXXX");
    MUST(mkdtemp(path) != NULL && atexit(at_exit) == 0);
}

const char *fuzz_folder(void) {
    if (folder[0] == '\0') {
        make(folder, remove_folder);
    }
    empty(folder);
    return folder;
}

// Both paths are of one length.
static int copy_one(const char *path, const struct stat *about, int kind, struct FTW *place) {
    const char *to = strncmp(path, kept, strlen(kept)) == 0 ? folder : kept;
    char copy[256];
    (void)snprintf(copy, sizeof copy, "%s%s", to, path + strlen(to));
    if (place->level == 0 || kind == FTW_D) {
        return place->level == 0 ? 0 : mkdir(copy, about->st_mode & 07777);
    }
    const int in = open(path, O_RDONLY | O_CLOEXEC);
    const int out = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, about->st_mode & 07777);
    const bool copied = sendfile(out, in, NULL, (size_t)about->st_size) == about->st_size;
    (void)close(in);
    (void)close(out);
    return copied ? 0 : -1;
}

void fuzz_folder_keep(void) {
    MUST(kept[0] == '\0');
    make(kept, remove_kept);
    MUST(nftw(folder, copy_one, 8, FTW_PHYS) == 0);
}

const char *fuzz_folder_kept(void) {
    empty(folder);
    MUST(nftw(kept, copy_one, 8, FTW_PHYS) == 0);
    return folder;
}

void fuzz_put(const char *in, const char *name, struct bytes contents) {
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", in, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    MUST(fd >= 0 && write(fd, contents.data, contents.len) == (ssize_t)contents.len && close(fd) == 0);
}

struct bytes fuzz_take(struct reader *input) {
    size_t len = reader_u16(input);
    return reader_take(input, len < input->left ? len : input->left);
}

struct bytes fuzz_rest(struct reader *input) {
    return reader_take(input, input->left);
}

char *fuzz_text(struct bytes bytes) {
    char *text = malloc(bytes.len + 1);
    MUST(text != NULL);
    memcpy(text, bytes.len > 0 ? bytes.data : (const uint8_t *)"", bytes.len);
    text[bytes.len] = '\0';
    return text;
}
