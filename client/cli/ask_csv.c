// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/progress_bar.h"
#include "client/cli/answer_lines.h"
#include "client/cli/ask.h"
#include "client/cli/cli.h"

#define PROGRAM "signpost ask"
#define CHUNK 1024 // lines that are asked about, and written, together

struct asking_csv { // one run of `signpost ask --csv`
    struct session *session;
    const struct ask *ask;
    const struct answers_file *file;
    struct caseload caseload;
    struct answer_lines lines;
    int out;
    struct progress progress;
    size_t to_ask, asked;
    struct outcome stopped; // why nothing more is asked; CAUSE_NONE: everything is
    size_t counts[ANSWER_COUNT], failed;
    char failure[512]; // the first reason
    bool all;
};

// The lines that are asked about together, and what came of them.
struct chunk {
    struct answer_line *lines;
    size_t count;
    struct caseload_child *children; // borrowed copies of those that are asked about
    struct outcome *answers;         // theirs
    size_t child_count;
};

static bool is_asked(const struct answer_line *line) {
    return line->child != NULL && line->kept == NULL;
}

static void chunk_free(struct chunk *chunk) {
    free(chunk->children);
    free(chunk->answers);
}

static err_t chunk_make(struct answer_line *lines, size_t count, struct chunk *out) {
    struct chunk chunk = {.lines = lines,
                          .count = count,
                          .children = calloc(count + 1, sizeof *chunk.children),
                          .answers = calloc(count + 1, sizeof *chunk.answers)};
    if (chunk.children == NULL || chunk.answers == NULL) {
        chunk_free(&chunk);
        return err_set(ERR_MEMORY, "no memory for %zu answers", count);
    }
    for (size_t i = 0; i < count; i++) {
        if (is_asked(&lines[i])) {
            chunk.children[chunk.child_count++] = *lines[i].child;
        }
    }
    *out = chunk;
    return OK;
}

// After a failure that concerned all, the lines that are left share its reason.
static void ask_chunk(struct asking_csv *asking, struct chunk *chunk) {
    if (chunk->child_count == 0) {
        return;
    }
    if (asking->stopped.cause != CAUSE_NONE) {
        outcome_fill(&asking->stopped, chunk->answers, chunk->child_count);
        return;
    }
    struct child_progress inner = {asking->progress, asking->asked, chunk->child_count, asking->to_ask};
    questions_ask(asking->session, asking->ask, chunk->children, chunk->child_count, child_progress(&inner),
                  chunk->answers);
    asking->asked += chunk->child_count;
    asking->stopped = chunk->answers[chunk->child_count - 1];
}

static void count_line(struct asking_csv *asking, const struct answer_line *line, const struct outcome *outcome) {
    struct outcome judged = answer_line_judge(line, outcome);
    asking->all = asking->all && answer_line_whole(line, &judged);
    if (line->child == NULL) {
        return;
    }
    if (judged.cause == CAUSE_NONE) {
        asking->counts[judged.answer]++;
        return;
    }
    asking->failed++;
    if (asking->failure[0] == '\0') {
        snprintf(asking->failure, sizeof asking->failure, "%s", judged.detail);
    }
}

static err_t put_chunk(struct asking_csv *asking, const struct chunk *chunk, struct buf *out) {
    err_t err = OK;
    for (size_t i = 0, next = 0; err == OK && i < chunk->count; i++) {
        const struct answer_line *line = &chunk->lines[i];
        const struct outcome *outcome = is_asked(line) ? &chunk->answers[next++] : NULL;
        count_line(asking, line, outcome);
        err = answer_line_put(line, outcome, asking->file->json, out);
    }
    return err;
}

static err_t answer_lines_from(struct asking_csv *asking, size_t first, size_t count, struct buf *out) {
    struct chunk chunk = {0};
    err_t err = chunk_make(asking->lines.lines + first, count, &chunk);
    if (err == OK) {
        ask_chunk(asking, &chunk);
        err = put_chunk(asking, &chunk, out);
        chunk_free(&chunk);
    }
    return err;
}

static err_t write_whole(const struct asking_csv *asking, struct bytes text) {
    while (text.len > 0) {
        ssize_t written = write(asking->out, text.data, text.len);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return err_set(errno == ENOSPC ? ERR_FULL : ERR_IO, "the answers could not be written: %s",
                           strerror(errno));
        }
        text = bytes_of(text.data + written, text.len - (size_t)written);
    }
    return OK;
}

// Chunk by chunk, so that an interruption costs one. Each is on the disk before the next is asked about.
static err_t append_lines(struct asking_csv *asking, size_t first) {
    err_t err = OK;
    for (size_t take = 0; err == OK && first < asking->lines.count; first += take) {
        struct buf text = {0};
        take = asking->lines.count - first < CHUNK ? asking->lines.count - first : CHUNK;
        err = answer_lines_from(asking, first, take, &text);
        if (err == OK) {
            err = write_whole(asking, buf_bytes(&text));
        }
        if (err == OK && asking->file->path != NULL && fsync(asking->out) != 0) {
            err = err_set(ERR_IO, "%s: %s", asking->file->path, strerror(errno));
        }
        buf_free(&text);
    }
    return err;
}

// The file's beginning: its header and, when an earlier run left lines, those, with what it could not answer asked
// again.
static err_t make_beginning(struct asking_csv *asking, size_t count, struct buf *out) {
    err_t err = OK;
    buf_put_str(out, asking->file->json ? "" : ANSWERS_HEADER);
    for (size_t first = 0, take = 0; err == OK && first < count; first += take) {
        take = count - first < CHUNK ? count - first : CHUNK;
        err = answer_lines_from(asking, first, take, out);
    }
    return err == OK ? buf_check(out) : err;
}

static err_t begin_file(struct asking_csv *asking, struct bytes beginning) {
    if (asking->file->path == NULL) {
        asking->out = STDOUT_FILENO;
        return write_whole(asking, beginning);
    }
    err_t err = file_replace(asking->file->path, 0600, beginning);
    if (err == OK) {
        asking->out = open(asking->file->path, O_WRONLY | O_APPEND | O_CLOEXEC);
        err = asking->out >= 0 ? OK : err_set(ERR_IO, "%s: %s", asking->file->path, strerror(errno));
    }
    return err;
}

static err_t resume(struct asking_csv *asking, size_t *out_count) {
    if (!asking->file->resume) {
        return OK;
    }
    err_t err = answer_lines_resume(&asking->lines, asking->file->path, out_count);
    return err == ERR_NOT_FOUND ? OK : err; // nothing was begun
}

static err_t answer_all(struct asking_csv *asking) {
    struct buf beginning = {0};
    size_t count = 0;
    err_t err = resume(asking, &count);
    for (size_t i = 0; i < asking->lines.count; i++) {
        asking->to_ask += is_asked(&asking->lines.lines[i]) ? 1 : 0;
    }
    if (err == OK) {
        err = make_beginning(asking, count, &beginning);
    }
    if (err == OK) {
        err = begin_file(asking, buf_bytes(&beginning));
    }
    buf_free(&beginning);
    return err == OK ? append_lines(asking, count) : err;
}

static void summarise(const struct asking_csv *asking) {
    if (asking->failure[0] != '\0') { // one reason is enough where many share it; the file has them all
        fprintf(stderr, PROGRAM ": %s\n", asking->failure);
    }
    fprintf(stderr,
            "yes %zu, previously %zu, possibly %zu, no %zu; could not be answered %zu; rows rejected %zu, "
            "columns set aside %zu\n",
            asking->counts[ANSWER_YES], asking->counts[ANSWER_PREVIOUSLY], asking->counts[ANSWER_POSSIBLY],
            asking->counts[ANSWER_NO], asking->failed, asking->caseload.reject_count - asking->caseload.set_aside_count,
            asking->caseload.set_aside_count);
}

static err_t run(struct asking_csv *asking) {
    struct progress_bar bar;
    err_t err = answer_lines_make(&asking->caseload, &asking->lines);
    if (err != OK) {
        return err;
    }
    progress_bar_begin(&bar, "children");
    asking->progress = progress_bar_step(&bar);
    err = answer_all(asking);
    progress_bar_end(&bar);
    if (asking->out >= 0 && asking->file->path != NULL && close(asking->out) != 0 && err == OK) {
        err = err_set(ERR_IO, "%s: %s", asking->file->path, strerror(errno));
    }
    answer_lines_free(&asking->lines);
    return err;
}

int ask_csv(struct session *session, const char *csv, const struct ask *ask, const struct answers_file *file) {
    struct asking_csv asking = {.session = session, .ask = ask, .file = file, .out = -1, .all = true};
    err_t err = caseload_load(csv, session->set, &asking.caseload);
    if (err != OK) {
        return cli_fail(PROGRAM, err);
    }
    err = run(&asking);
    if (err == OK) {
        summarise(&asking);
    }
    caseload_free(&asking.caseload);
    if (err != OK) {
        return cli_fail(PROGRAM, err);
    }
    return asking.all ? EXIT_ANSWERED : EXIT_COULD_NOT;
}
