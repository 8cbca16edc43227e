// SPDX-License-Identifier: Apache-2.0
// Runs a harness over the files of one or more folders, in the order of their names: the committed corpus in the
// ordinary suite, and what a campaign found when its coverage is counted. A folder without files fails.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_MAX ((size_t)4 << 20)

static int is_file(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static bool replay(const char *folder, const char *name) {
    struct buf input = {0};
    char *path = file_join(folder, name);
    err_t err = path == NULL ? ERR_MEMORY : file_read(path, INPUT_MAX, &input);
    if (err == OK) {
        (void)LLVMFuzzerTestOneInput(input.data, input.len);
    } else {
        (void)fprintf(stderr, "%s\n", err_detail());
    }
    buf_free(&input);
    free(path);
    return err == OK;
}

static bool replay_folder(const char *folder) {
    struct dirent **names = NULL;
    int count = scandir(folder, &names, is_file, alphasort);
    bool good = count > 0;
    for (int i = 0; i < count; i++) {
        good = replay(folder, names[i]->d_name) && good;
        free(names[i]);
    }
    free(names);
    printf("%s: %d inputs%s\n", folder, count, good ? "" : ": FAILED");
    return good;
}

int main(int argc, char **argv) {
    bool good = argc > 1;
    for (int i = 1; i < argc; i++) {
        good = replay_folder(argv[i]) && good;
    }
    return good ? 0 : 1;
}
