// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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

static char folder[64];

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place) {
    (void)about;
    (void)kind;
    return place->level > 0 ? remove(path) : 0;
}

static void remove_folder(void) {
    (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    (void)rmdir(folder);
}

const char *fuzz_folder(void) {
    if (folder[0] == '\0') {
        (void)snprintf(folder, sizeof folder, "/dev/shm/signpost-fuzz-XXXXXX");
        MUST(mkdtemp(folder) != NULL && atexit(remove_folder) == 0);
    }
    MUST(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
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
