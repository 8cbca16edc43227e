// SPDX-License-Identifier: Apache-2.0
#include "bench/national_index.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "bench/disk.h"
#include "bench/involvements.h"
#include "bench/threads.h"

#define BACKUP_MIB "20" // a second

err_t index_run(const struct running_scheme *scheme, const char *verb, const char *operand) {
    const char *argv[] = {"indexd/indexctl", verb, "--config", "index.ini", operand, NULL};
    return scheme_run(scheme, argv);
}

err_t index_import(const struct running_scheme *scheme, uint64_t children, size_t slots) {
    char command[1400];
    (void)snprintf(command, sizeof command,
                   "cd '%s' && exec '%s/indexd/indexctl' import --config index.ini - >/dev/null", scheme->dir,
                   scheme->build);
    FILE *pipe = popen(command, "we");
    if (pipe == NULL) {
        return err_set(ERR_IO, "indexctl import: %s", strerror(errno));
    }
    err_t err = involvements_write(children, slots, pipe);
    return pclose(pipe) == 0 ? err : err_set(ERR_IO, "indexctl import failed");
}

static err_t read_stats(const struct running_scheme *scheme, struct size_figures *size) {
    char path[640];
    (void)snprintf(path, sizeof path, "%s/indexd/indexctl", scheme->build);
    const char *argv[] = {path, "stats", "--config", "index.ini", "--json", NULL};
    struct outcome outcome = process_run(scheme->dir, argv, NULL);
    json_t *stats = json_loads(outcome.out, 0, NULL);
    json_int_t keys = 0, rows = 0, journal = 0;
    int failed = json_unpack(stats, "{s:I, s:I, s:I}", "keys", &keys, "entries", &rows, "journal_bytes", &journal);
    json_decref(stats);
    err_t err = failed ? err_set(ERR_INPUT, "indexctl stats: %s%s", outcome.out, outcome.err) : OK;
    outcome_free(&outcome);
    size->keys = (uint64_t)keys;
    size->rows = (uint64_t)rows;
    size->journal_bytes = (uint64_t)journal;
    return err;
}

err_t index_row_bytes(const struct running_scheme *scheme, struct size_figures *size, double *out) {
    char path[640];
    uint64_t bytes = 0;
    scheme_path(scheme, "store/lmdb/data.mdb", path);
    err_t err = read_stats(scheme, size);
    if (err == OK) {
        err = disk_file_bytes(path, &bytes);
    }
    *out = (double)bytes / (double)size->rows;
    return err;
}

// ---- an index that stays

#define KEPT "children" // the file that says of how many it is

static err_t read_kept(const struct running_scheme *scheme, uint64_t *out_children) {
    char path[640];
    struct buf text = {0};
    scheme_path(scheme, KEPT, path);
    err_t err = access(path, F_OK) == 0 ? file_read(path, 64, &text) : OK;
    *out_children = err == OK && text.len > 0 ? strtoull(buf_str(&text), NULL, 10) : 0;
    buf_free(&text);
    return err;
}

err_t index_is_kept(const struct running_scheme *scheme, uint64_t children, bool *out) {
    uint64_t kept = 0;
    err_t err = read_kept(scheme, &kept);
    if (err == OK && kept != 0 && kept != children) {
        err = err_set(ERR_EXISTS, "%s holds an index of %llu children", scheme->dir, (unsigned long long)kept);
    }
    *out = kept == children;
    return err;
}

err_t index_keep(const struct running_scheme *scheme, uint64_t children) {
    char text[32];
    (void)snprintf(text, sizeof text, "%llu\n", (unsigned long long)children);
    return scheme_write(scheme, KEPT, bytes_str(text));
}

// ---- what goes on beside

static int64_t spent_behind_us(pid_t pid) {
    static const char *const threads[] = {"scrubber", "sweeper", "watch"};
    int64_t sum_us = 0;
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
        int64_t us = 0;
        sum_us += threads_spent_us(pid, threads[i], &us) == OK ? us : 0;
    }
    return sum_us;
}

void index_settle(const struct running_scheme *scheme) {
    const struct timespec look = {.tv_sec = 2};
    int64_t spent_us = 0;
    int64_t before_us = 0;
    do {
        before_us = spent_behind_us(scheme->index.pid);
        (void)nanosleep(&look, NULL);
        spent_us = spent_behind_us(scheme->index.pid) - before_us;
    } while (spent_us > 40000); // a fiftieth of the time
}

// A loop of backups and checkpoints, in a process group of its own.
pid_t index_start_beside(const struct running_scheme *scheme) {
    char script[3000];
    const char *build = scheme->build;
    (void)snprintf(script, sizeof script,
                   "cd '%s' && while :; do rm -rf copy copy.part; "
                   "'%s/indexd/indexctl' backup --config index.ini --rate " BACKUP_MIB " copy >/dev/null || exit 2; "
                   "'%s/indexd/indexctl' journal checkpoint --config index.ini >/dev/null || exit 2; done",
                   scheme->dir, build, build);
    pid_t pid = fork();
    if (pid == 0) {
        (void)setpgid(0, 0);
        (void)execl("/bin/sh", "sh", "-c", script, (char *)NULL);
        _exit(127);
    }
    (void)setpgid(pid, pid);
    return pid;
}

err_t index_end_beside(pid_t pid) {
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) == pid) {
        return err_set(ERR_IO, "the backup beside the load failed");
    }
    (void)kill(-pid, SIGKILL);
    return waitpid(pid, &status, 0) == pid ? OK : err_set(ERR_IO, "the backup beside the load is gone");
}
