// SPDX-License-Identifier: Apache-2.0
#include "indexd/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "indexd/database.h"
#include "indexd/folder.h"
#include "indexd/log/head.h"
#include "indexd/months.h"
#include "indexd/scan.h"
#include "indexd/store.h"
#include "indexd/throttle.h"

#define AT_ONCE (256 * 1024) // bytes of whole batches that are copied when they have been found

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "out of memory");
}

static err_t io_error(const char *path) {
    return err_set(errno == ENOENT   ? ERR_NOT_FOUND
                   : errno == EEXIST ? ERR_EXISTS
                                     : ERR_IO,
                   "%s: %s", path, strerror(errno));
}

// ---- files and folders

static err_t open_new(const char *path, int *out) {
    *out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return *out < 0 ? io_error(path) : OK;
}

static err_t end_file(int fd, const char *path, err_t err) {
    if (fd >= 0) {
        if (err == OK && fsync(fd) != 0) {
            err = io_error(path);
        }
        (void)close(fd);
    }
    return err;
}

static err_t sync_folder(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? io_error(path) : end_file(fd, path, OK);
}

// As long as the file is when it is opened.
static err_t copy_file(const char *from, const char *to, struct throttle *throttle) {
    int out = -1;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0) {
        return io_error(from);
    }
    off_t end = lseek(in, 0, SEEK_END);
    err_t err = end < 0 || lseek(in, 0, SEEK_SET) != 0 ? io_error(from) : open_new(to, &out);
    if (err == OK) {
        err = throttle_copy(throttle, in, out, (uint64_t)end);
    }
    (void)close(in);
    return end_file(out, to, err);
}

// *out_more is false as well where a batch is being written, or was never written to its end.
static err_t next_whole(struct scan *scan, bool *out_more) {
    bool torn = false;
    char detail[256];
    err_t err = scan_next(scan, out_more);
    if (err != ERR_CORRUPT) {
        return err;
    }
    (void)snprintf(detail, sizeof detail, "%s", err_detail());
    err_t judged = scan_torn(scan, 0, &torn);
    *out_more = false;
    return judged != OK ? judged : torn ? OK : err_set(err, "%s", detail);
}

static err_t copy_batches(struct scan *scan, int to, struct throttle *throttle) {
    uint64_t whole = scan->at; // where the last whole batch ends
    uint64_t copied = 0;
    bool more = true;
    err_t err = OK;
    while (err == OK && more) {
        err = next_whole(scan, &more);
        whole = scan->at == scan->batch_end ? scan->at : whole;
        if (err == OK && (!more || whole - copied >= AT_ONCE)) {
            err = throttle_copy(throttle, scan->fd, to, whole - copied);
            copied = whole;
        }
    }
    return err;
}

// The index may write to the last segment meanwhile, and room follows it: up to its last whole batch.
static err_t copy_last(const char *from, const char *to, const char *month, struct throttle *throttle) {
    int out = -1;
    struct scan scan = {.fd = -1};
    err_t err = scan_open(&scan, from, month, NULL, SCAN_ANY);
    scan.last = true;
    if (err == OK) {
        err = open_new(to, &out);
    }
    if (err == OK) {
        err = copy_batches(&scan, out, throttle);
    }
    scan_close(&scan);
    return end_file(out, to, err);
}

static err_t copy_segment(const char *from, const char *to, const char *month, bool last, struct throttle *throttle) {
    char *in = month_path(from, month, ".seg");
    char *out = month_path(to, month, ".seg");
    err_t err = in == NULL || out == NULL ? no_memory()
                : last                    ? copy_last(in, out, month, throttle)
                                          : copy_file(in, out, throttle);
    free(in);
    free(out);
    return err;
}

static err_t copy_segments(const char *from, const char *to, struct throttle *throttle) {
    struct months months = {0};
    err_t err = file_make_dir(to);
    if (err == OK) {
        err = months_list(from, ".seg", &months);
    }
    for (size_t i = 0; err == OK && i < months.count; i++) {
        err = copy_segment(from, to, months.items[i].name, i + 1 == months.count, throttle);
    }
    months_free(&months);
    return err == OK ? sync_folder(to) : err;
}

static err_t copy_journal(const char *from, const char *to, struct throttle *throttle) {
    char *in = file_join(from, "journal");
    char *out = file_join(to, "journal");
    err_t err = in == NULL || out == NULL ? no_memory() : copy_segments(in, out, throttle);
    free(in);
    free(out);
    return err;
}

// The verifier key of the journal's log. The rest of log/ follows from the journal.
static err_t copy_vkey(const char *from, const char *to) {
    struct throttle unhurried = {0};
    char *in = file_join(from, LOG_FOLDER "/vkey");
    char *folder = file_join(to, LOG_FOLDER);
    char *out = folder == NULL ? NULL : file_join(folder, "vkey");
    err_t err = in == NULL || out == NULL ? no_memory() : file_make_dir(folder);
    if (err == OK && access(out, F_OK) != 0) {
        err = copy_file(in, out, &unhurried);
    }
    free(in);
    free(folder);
    free(out);
    return err;
}

// ---- making a copy

struct writer { // takes the database from the pipe
    int from, to;
    struct throttle *throttle;
    err_t err;
    char detail[256];
};

static void *write_database(void *ctx) {
    struct writer *writer = ctx;
    writer->err = throttle_copy(writer->throttle, writer->from, writer->to, UINT64_MAX);
    (void)snprintf(writer->detail, sizeof writer->detail, "%s", err_detail());
    (void)close(writer->from); // whoever still writes learns that nobody reads
    return NULL;
}

// LMDB writes as fast as it can, so that the throttle stands at the other end of a pipe.
static err_t copy_through_pipe(const struct engine_settings *settings, const char *folder, int to,
                               struct throttle *throttle) {
    int ends[2];
    pthread_t thread;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return io_error("pipe");
    }
    struct writer writer = {.from = ends[0], .to = to, .throttle = throttle};
    (void)signal(SIGPIPE, SIG_IGN);
    int code = pthread_create(&thread, NULL, write_database, &writer);
    if (code != 0) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return err_set(ERR_MEMORY, "no thread: %s", strerror(code));
    }
    err_t err = store_copy(folder, settings->map_size, ends[1]);
    (void)close(ends[1]);
    (void)pthread_join(thread, NULL);
    return writer.err != OK ? err_set(writer.err, "%s", writer.detail) : err;
}

static err_t copy_database(const struct engine_settings *settings, const char *to, struct throttle *throttle) {
    int fd = -1;
    char *from = file_join(settings->store, STORE_FOLDER);
    char *folder = file_join(to, STORE_FOLDER);
    char *file = folder == NULL ? NULL : file_join(folder, "data.mdb");
    err_t err = from == NULL || file == NULL ? no_memory() : file_make_dir(folder);
    if (err == OK) {
        err = open_new(file, &fd);
    }
    if (err == OK) {
        err = copy_through_pipe(settings, from, fd, throttle);
    }
    err = end_file(fd, file == NULL ? to : file, err);
    if (err == OK) {
        err = sync_folder(folder);
    }
    free(from);
    free(folder);
    free(file);
    return err;
}

err_t backup_make(const struct engine_settings *settings, const char *to, int64_t bytes_per_s, uint64_t *out_bytes) {
    struct throttle throttle = {.bytes_per_s = bytes_per_s};
    struct buf part = {0};
    buf_printf(&part, "%s.part", to);
    const char *made = buf_str(&part);
    err_t err = made == NULL             ? no_memory()
                : access(to, F_OK) == 0  ? err_set(ERR_EXISTS, "%s: already there", to)
                : mkdir(made, 0700) != 0 ? io_error(made)
                                         : OK;
    if (err == OK) {
        err = copy_database(settings, made, &throttle);
    }
    if (err == OK) {
        err = copy_journal(settings->store, made, &throttle);
    }
    if (err == OK) {
        err = copy_vkey(settings->store, made);
    }
    if (err == OK) {
        err = sync_folder(made);
    }
    if (err == OK && rename(made, to) != 0) {
        err = io_error(to);
    }
    *out_bytes = (uint64_t)throttle.bytes;
    buf_free(&part);
    return err;
}

// ---- restoring

static err_t require_place(const char *store, const char *name, bool there) {
    char *path = file_join(store, name);
    if (path == NULL) {
        return no_memory();
    }
    bool found = access(path, F_OK) == 0;
    err_t err = found == there ? OK
                : there ? err_set(ERR_NOT_FOUND, "%s: is missing; it is kept apart from the copies of a store", path)
                        : err_set(ERR_EXISTS, "%s: already there; move it away first", path);
    free(path);
    return err;
}

static err_t require_places(const char *store) {
    static const struct {
        const char *name;
        bool there;
    } places[] = {{"pepper", true}, {"segment-keys", true}, {"journal", false}, {STORE_FOLDER, false}};
    err_t err = OK;
    for (size_t i = 0; err == OK && i < sizeof places / sizeof places[0]; i++) {
        err = require_place(store, places[i].name, places[i].there);
    }
    return err;
}

// To lmdb.new/, which database_adopt puts in place when it is whole.
static err_t take_database(const char *from, const char *store) {
    struct throttle unhurried = {0};
    char *in = file_join(from, STORE_FOLDER "/data.mdb");
    char *folder = file_join(store, STORE_FOLDER ".new");
    char *out = folder == NULL ? NULL : file_join(folder, "data.mdb");
    err_t err = in == NULL || out == NULL ? no_memory() : file_make_dir(folder);
    if (err == OK) {
        (void)unlink(out); // of an earlier try
        err = copy_file(in, out, &unhurried);
    }
    free(in);
    free(folder);
    free(out);
    return err;
}

// Where the log's key is not at hand, or must not go on, another log begins.
static err_t restore_log(const struct engine_settings *settings, const struct descriptor *descriptor, const char *from,
                         bool *out_new) {
    char *key = file_join(settings->store, "log.key");
    if (key == NULL) {
        return no_memory();
    }
    *out_new = access(key, F_OK) != 0;
    free(key);
    return *out_new ? log_create(settings->store, descriptor->scheme) : copy_vkey(from, settings->store);
}

static err_t restore(const struct engine_settings *settings, const struct descriptor *descriptor, const char *from,
                     bool *out_new_log) {
    struct throttle unhurried = {0};
    err_t err = require_places(settings->store);
    if (err == OK) {
        err = take_database(from, settings->store);
    }
    if (err == OK) {
        err = copy_journal(from, settings->store, &unhurried);
    }
    if (err == OK) {
        err = restore_log(settings, descriptor, from, out_new_log);
    }
    return err == OK ? database_adopt(settings, descriptor) : err;
}

err_t backup_restore(const struct engine_settings *settings, const struct descriptor *descriptor, const char *from,
                     bool *out_new_log) {
    int lock = -1;
    err_t err = folder_lock(settings->store, &lock);
    if (err == OK) {
        err = restore(settings, descriptor, from, out_new_log);
        (void)close(lock);
    }
    return err;
}
