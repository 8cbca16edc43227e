// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/file.h"
#include "bench/faults.h"
#include "proto/involvement.h"
#include "proto/routes.h"

#define TICK_US 20000
#define STOP_US 1000000
#define ROUND_LOOKS 120000
#define BATCH 16
#define LOG_MAX ((size_t)256 << 20)

void faults_find(struct faults_run *run, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    run->findings++;
    fprintf(stderr, "FINDING: %s\n", text);
}

// ---- the daemon

static err_t make_page(struct faults_run *run, char path[640]) {
    scheme_path(run->scheme, "shim", path);
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *run->shim) != 0) {
        return err_set(ERR_IO, "%s: %s", path, strerror(errno));
    }
    if (run->shim == NULL) {
        void *page = mmap(NULL, sizeof *run->shim, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        run->shim = page == MAP_FAILED ? NULL : page;
    }
    (void)close(fd);
    return run->shim == NULL ? err_set(ERR_MEMORY, "no page to share") : OK;
}

static void log_path(const struct faults_run *run, char out[640]) {
    char name[64];
    (void)snprintf(name, sizeof name, "%s.log", run->name);
    scheme_path(run->scheme, name, out);
}

bool faults_logged(const struct faults_run *run, const char *text) {
    char path[640];
    struct buf log = {0};
    log_path(run, path);
    const bool found = file_read(path, LOG_MAX, &log) == OK && strstr(buf_str(&log), text) != NULL;
    buf_free(&log);
    return found;
}

static unsigned read_metrics_port(const struct faults_run *run) {
    static const char words[] = "metrics on port ";
    char path[640];
    struct buf text = {0};
    unsigned port = 0;
    log_path(run, path);
    if (file_read(path, LOG_MAX, &text) == OK) {
        for (const char *at = buf_str(&text); (at = strstr(at, words)) != NULL; at++) {
            port = (unsigned)strtoul(at + sizeof words - 1, NULL, 10);
        }
    }
    buf_free(&text);
    return port;
}

static err_t start(struct faults_run *run, bool shim, void (*start_daemon)(struct running_scheme *scheme)) {
    char page[640], library[640];
    struct running_scheme *scheme = run->scheme;
    err_t err = make_page(run, page);
    if (err != OK) {
        return err;
    }
    memset((void *)run->shim, 0, sizeof *run->shim);
    atomic_store(&run->shim->held, run->held);
    (void)snprintf(library, sizeof library, "%s/bench/libfault_shim.so", scheme->build);
    if (shim && (setenv("LD_PRELOAD", library, 1) != 0 || setenv(SHIM_FILE, page, 1) != 0)) {
        return err_set(ERR_MEMORY, "no environment");
    }
    start_daemon(scheme);
    (void)unsetenv("LD_PRELOAD");
    (void)unsetenv(SHIM_FILE);
    if (shim && !atomic_load(&run->shim->loaded)) {
        return err_set(ERR_INPUT, "%s was not loaded", library);
    }
    (void)snprintf(scheme->connect_to, sizeof scheme->connect_to, "%s:127.0.0.1:%u", run->base + strlen("https://"),
                   run->daemon->port);
    run->metrics_port = read_metrics_port(run);
    faults_connect(run);
    return OK;
}

err_t faults_start(struct faults_run *run, bool shim) {
    run->daemon = &run->scheme->index;
    run->name = "index";
    run->base = FAULTS_INDEX;
    return start(run, shim, scheme_start_index);
}

static void start_first_holder(struct running_scheme *scheme) {
    scheme_start_holder(scheme, 0);
}

err_t faults_start_holder(struct faults_run *run) {
    run->daemon = &run->scheme->holders[0];
    run->name = "holder-1";
    run->base = FAULTS_HOLDER;
    return start(run, true, start_first_holder);
}

err_t faults_stop(struct faults_run *run) {
    faults_disconnect(run);
    return daemon_stop(run->daemon, SIGTERM) == 0 ? OK : err_set(ERR_IO, "%s did not stop cleanly", run->name);
}

bool faults_alive(const struct faults_run *run) {
    siginfo_t about = {0};
    return waitid(P_PID, (id_t)run->daemon->pid, &about, WEXITED | WNOHANG | WNOWAIT) == 0 && about.si_pid == 0;
}

void faults_disarm(struct faults_run *run) {
    atomic_store(&run->shim->threads, 0);
}

void faults_set_clock(struct faults_run *run, unsigned threads, int64_t off_ms) {
    for (unsigned i = 0; i < SHIM_THREADS; i++) {
        if ((threads >> i & 1) != 0) {
            atomic_store(&run->shim->clock_ms[i], off_ms);
        }
    }
}

static bool rests_after(struct faults_run *run, enum shim_thread thread, unsigned before) {
    atomic_uint *rests = &run->shim->rests[__builtin_ctz(thread)];
    for (int looks = 0; looks < ROUND_LOOKS && atomic_load(rests) == before && faults_alive(run); looks++) {
        (void)usleep(500); // no time passes for who was stopped
    }
    return atomic_load(rests) != before;
}

bool faults_round(struct faults_run *run, enum shim_thread thread) {
    const unsigned before = atomic_load(&run->shim->rests[__builtin_ctz(thread)]);
    (void)atomic_fetch_or(&run->shim->go, thread);
    const bool ended = rests_after(run, thread, before);
    if (!ended) {
        faults_find(run, "a round of thread %u does not end", (unsigned)thread);
    }
    return ended;
}

// ---- exchanges

static struct http_client *client_of(const struct faults_run *run, const char *name) {
    struct http_client *client = NULL;
    if (scheme_client(run->scheme, name, &client) != OK) {
        fprintf(stderr, "faults: client %s: %s\n", name, err_detail());
        abort();
    }
    return client;
}

void faults_disconnect(struct faults_run *run) {
    http_client_free(run->north);
    http_client_free(run->south);
    http_client_free(run->sam);
    run->north = NULL;
    run->south = NULL;
    run->sam = NULL;
}

void faults_warm(struct faults_run *run) {
    struct http_client *const clients[] = {run->north, run->south};
    for (size_t i = 0; i < 2; i++) {
        struct http_exchange exchange = {.base = run->base, .path = ROUTE_WHOAMI};
        if (faults_exchange(run, clients[i], &exchange, 200) != RIGHT) {
            faults_find(run, "a client cannot connect where nothing fails: %s", exchange.detail);
        }
        buf_free(&exchange.reply);
    }
}

void faults_connect(struct faults_run *run) {
    faults_disconnect(run);
    run->north = client_of(run, "north");
    run->south = client_of(run, "south");
}

static enum outcome_kind outcome_of(const struct http_exchange *exchange, int right) {
    if (exchange->status == right) {
        return right != 200 || exchange->err == OK ? RIGHT : CLOSED; // a reply that broke off is none
    }
    if (exchange->status == 500 || exchange->status == 503) {
        return REFUSED;
    }
    const bool gone = exchange->status == 0 && (exchange->err == ERR_NETWORK || exchange->err == ERR_TLS);
    return gone && exchange->total_us < PATIENCE_MS * 1000 ? CLOSED : WRONG;
}

static atomic_uint stops; // of the whole machine, or of all that runs here

static void *notice_stops(void *ctx) {
    for (int64_t last_us = clock_monotonic_us();;) {
        (void)usleep(TICK_US);
        const int64_t now_us = clock_monotonic_us();
        (void)atomic_fetch_add(&stops, now_us - last_us > STOP_US ? 1 : 0);
        last_us = now_us;
    }
    return ctx;
}

// How often up to now: deadlines pass then, and no daemon is to blame.
static unsigned stood_still(void) {
    static pthread_t thread;
    if (thread == 0 && pthread_create(&thread, NULL, notice_stops, NULL) != 0) {
        abort();
    }
    return atomic_load(&stops);
}

enum outcome_kind faults_exchange(struct faults_run *run, struct http_client *client, struct http_exchange *exchange,
                                  int right) {
    const unsigned before = stood_still();
    http_client_run(client, exchange, 1);
    if (exchange->status == 0 && stood_still() != before) {
        http_client_run(client, exchange, 1); // every request may be repeated
    }
    enum outcome_kind outcome = outcome_of(exchange, right);
    if (run->may_deny && (exchange->status == 403 || exchange->status == 429)) {
        outcome = REFUSED;
    }
    if (outcome == WRONG) {
        faults_find(run, "%s: HTTP status %d after %lld ms: %s", exchange->path, exchange->status,
                    (long long)exchange->total_us / 1000, exchange->detail);
    }
    return outcome;
}

// The reply, of RIGHT, stands in the exchange.
static enum outcome_kind post(struct faults_run *run, struct http_client *client, const char *path, struct buf *body,
                              struct http_exchange *out) {
    *out = (struct http_exchange){.base = FAULTS_INDEX, .path = path, .body = buf_bytes(body)};
    const enum outcome_kind outcome = faults_exchange(run, client, out, 200);
    buf_free(body);
    return outcome;
}

static void tokens_of(const struct faults_run *run, uint32_t child, struct token_set *out) {
    *out = (struct token_set){0};
    for (uint32_t slot = 0; slot < run->scheme->descriptor.slot_count; slot++) {
        const uint32_t input[] = {0xfa017, child, slot};
        (void)crypto_generichash(out->tokens[slot], TOKEN_SIZE, (const uint8_t *)input, sizeof input, NULL, 0);
    }
}

static enum answer known_answer(const struct faults_run *run, size_t slot) {
    return run->scheme->descriptor.slots[slot].tier == TIER_SIMILAR ? ANSWER_POSSIBLY : ANSWER_YES;
}

static bool is_acknowledged(const struct faults_run *run, uint32_t child) {
    return child < run->opened && run->acknowledged[child];
}

enum outcome_kind faults_open_child(struct faults_run *run) {
    static struct involvement_reply reply;
    const uint32_t child = run->opened;
    const struct descriptor *descriptor = &run->scheme->descriptor;
    struct change change = {.action = ACTION_OPEN};
    const struct involvement_request request = {
        .slots = descriptor->slot_count, .epochs = token_epoch(descriptor->epoch), .count = 1, .changes = &change};
    struct http_exchange exchange;
    struct buf body = {0};
    if (run->opened == run->acknowledged_cap) {
        run->acknowledged_cap = run->acknowledged_cap * 2 + 1024;
        run->acknowledged = realloc(run->acknowledged, run->acknowledged_cap * sizeof *run->acknowledged);
    }
    memcpy(change.handle, &child, sizeof child);
    tokens_of(run, child, &change.tokens);
    if (run->acknowledged == NULL || involvement_request_write(&request, &body) != OK) {
        abort();
    }
    run->acknowledged[run->opened++] = false;
    enum outcome_kind outcome = post(run, run->north, ROUTE_INVOLVEMENTS, &body, &exchange);
    if (outcome == RIGHT) { // one that was sent twice, over a connection that broke off, was open already
        const bool read = involvement_reply_read(buf_bytes(&exchange.reply), &reply) == OK && reply.count == 1;
        run->acknowledged[child] = read;
        if (!read || (reply.results[0] != RESULT_OPENED && reply.results[0] != RESULT_UNCHANGED)) {
            faults_find(run, "a new record was not opened");
            outcome = WRONG;
        }
    }
    buf_free(&exchange.reply);
    return outcome;
}

static void write_question(const struct faults_run *run, struct token_set *children, size_t count, struct buf *out) {
    const struct descriptor *descriptor = &run->scheme->descriptor;
    const struct question question = {.purpose = PURPOSE_ASSESSMENT,
                                      .slots = descriptor->slot_count,
                                      .epochs = token_epoch(descriptor->epoch),
                                      .count = count,
                                      .children = children};
    if (question_write(&question, out) != OK) {
        abort();
    }
}

void faults_write_question(const struct faults_run *run, uint32_t child, struct buf *out) {
    struct token_set tokens;
    tokens_of(run, child, &tokens);
    write_question(run, &tokens, 1, out);
}

static enum outcome_kind ask(struct faults_run *run, struct token_set *children, size_t count, struct answers *out) {
    struct http_exchange exchange;
    struct buf body = {0};
    write_question(run, children, count, &body);
    enum outcome_kind outcome = post(run, run->south, ROUTE_QUESTIONS, &body, &exchange);
    if (outcome == RIGHT && (answers_read(buf_bytes(&exchange.reply), out) != OK || out->count != count ||
                             references_add(&run->references, out->reference) != OK)) {
        faults_find(run, "a reply that is none: %s", err_detail());
        outcome = WRONG;
    }
    buf_free(&exchange.reply);
    return outcome;
}

enum outcome_kind faults_answer(struct faults_run *run, uint32_t child, enum answer *out) {
    static struct answers answers;
    struct token_set tokens;
    tokens_of(run, child, &tokens);
    const enum outcome_kind outcome = ask(run, &tokens, 1, &answers);
    *out = answers.answers[0];
    return outcome;
}

enum outcome_kind faults_ask_child(struct faults_run *run, uint32_t child) {
    enum answer answer = ANSWER_NO;
    enum outcome_kind outcome = faults_answer(run, child, &answer);
    if (outcome == RIGHT && is_acknowledged(run, child) && answer != ANSWER_YES) {
        faults_find(run, "child %u is known, and the answer was another", child);
        outcome = WRONG;
    }
    return outcome;
}

enum outcome_kind faults_ask_batch(struct faults_run *run, uint32_t first, size_t count) {
    static struct answers answers;
    static struct token_set tokens[2 * BATCH];
    for (size_t i = 0; i < count; i++) {
        tokens_of(run, first + (uint32_t)i, &tokens[2 * i]);
        tokens_of(run, UINT32_MAX - (uint32_t)i, &tokens[2 * i + 1]);
    }
    enum outcome_kind outcome = ask(run, tokens, 2 * count, &answers);
    for (size_t i = 0; outcome == RIGHT && i < count; i++) {
        const bool missed = is_acknowledged(run, first + (uint32_t)i) && answers.answers[2 * i] != ANSWER_YES;
        if (missed || answers.answers[2 * i + 1] != ANSWER_NO) {
            faults_find(run, "answer %zu of a batch is wrong", i);
            outcome = WRONG;
        }
    }
    return outcome;
}

void faults_check_child(struct faults_run *run, uint32_t child) {
    static struct answers answers;
    const size_t slots = run->scheme->descriptor.slot_count;
    struct token_set whole, alone[MAX_SLOTS] = {0};
    size_t known = 0;
    tokens_of(run, child, &whole);
    for (size_t slot = 0; slot < slots; slot++) {
        memcpy(alone[slot].tokens[slot], whole.tokens[slot], TOKEN_SIZE);
    }
    if (ask(run, alone, slots, &answers) != RIGHT) {
        faults_find(run, "child %u cannot be asked about where nothing fails", child);
        return;
    }
    for (size_t slot = 0; slot < slots; slot++) {
        known += answers.answers[slot] == known_answer(run, slot) ? 1 : 0;
    }
    if (known != slots && (is_acknowledged(run, child) || known != 0)) {
        faults_find(run, "child %u is known under %zu of %zu tokens%s", child, known, slots,
                    is_acknowledged(run, child) ? ", and was acknowledged" : "");
    }
}

bool faults_read_metrics(const struct faults_run *run, char *out, size_t size) {
    static const char request[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)run->metrics_port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    size_t len = 0;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
        send(fd, request, sizeof request - 1, MSG_NOSIGNAL) == (ssize_t)sizeof request - 1) {
        for (ssize_t got = 1; got > 0 && len<size - 1; len += got> 0 ? (size_t)got : 0) {
            got = recv(fd, out + len, size - 1 - len, 0);
        }
    }
    (void)close(fd);
    out[len] = '\0';
    return len > 0;
}

double faults_figure(const struct faults_run *run, const char *name) {
    static char text[256 * 1024];
    char line[128];
    (void)snprintf(line, sizeof line, "\n%s ", name);
    const char *at = faults_read_metrics(run, text, sizeof text) ? strstr(text, line) : NULL;
    return at == NULL ? -1 : strtod(at + strlen(line), NULL);
}

// The last of the figures is there, or nothing is.
enum outcome_kind faults_ask_metrics(struct faults_run *run) {
    static char text[256 * 1024];
    if (!faults_read_metrics(run, text, sizeof text)) {
        return CLOSED;
    }
    if (strstr(text, "200 OK") != NULL && strstr(text, "signpost_http_connections_max") != NULL) {
        return RIGHT;
    }
    faults_find(run, "/metrics: %.100s", text);
    return WRONG;
}

#define RELOAD_REFUSED "signpost_reload_refused"

enum outcome_kind faults_ask_reload(struct faults_run *run) {
    const unsigned before = atomic_load(&run->shim->rests[__builtin_ctz(SHIM_MAIN)]);
    daemon_signal(run->daemon, SIGHUP);
    if (!rests_after(run, SHIM_MAIN, before)) {
        faults_find(run, "a reload does not end");
        return WRONG;
    }
    return faults_figure(run, RELOAD_REFUSED) == 0 ? RIGHT : REFUSED;
}

void faults_check_reload(struct faults_run *run) {
    if (faults_figure(run, RELOAD_REFUSED) != 0 && faults_ask_reload(run) != RIGHT) {
        faults_find(run, "what a reload left aside is not taken by the next");
    }
}

// ---- the books

static err_t compare_books(struct faults_run *run) {
    const char *const copy[] = {"/bin/sh", "-c", "rm -rf copy && cp -r store copy && rm -r copy/lmdb", NULL};
    char store[640], other[640];
    uint64_t records = 0;
    scheme_path(run->scheme, "store", store);
    scheme_path(run->scheme, "copy", other);
    struct outcome outcome = process_run(run->scheme->dir, copy, NULL);
    err_t err = outcome.exit_code == 0 ? OK : err_set(ERR_IO, "%s", outcome.err);
    outcome_free(&outcome);
    if (err == OK) {
        err = books_make_anew(other, &run->scheme->descriptor);
    }
    if (err == OK) {
        err = books_compare_stores(store, other);
    }
    return err == OK ? books_check_journal(store, &run->references, &records) : err;
}

void faults_check_all(struct faults_run *run) {
    for (uint32_t child = 0; child < run->opened; child++) {
        faults_check_child(run, child);
    }
    err_t err = faults_stop(run);
    if (err == OK) {
        err = compare_books(run);
    }
    if (err != OK) {
        faults_find(run, "the books: %s: %s", err_text(err), err_detail());
    }
}
