// SPDX-License-Identifier: Apache-2.0
#include "tests/support/house.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"

#define ARGUMENTS_MAX 32
// The ports that make_scheme.sh was given for the template: in the descriptor, and mapped to the real ones.
static const unsigned described_ports[HOUSE_HOLDERS + 1] = {1, 2, 3, 4};
static const char *const clients[] = {"north", "south", "sam", "dana", "jo"};

static const char *environment(const char *name) {
    const char *value = getenv(name);
    if (!value || access(value, F_OK) != 0) {
        cr_skip_test("%s names no folder: run by `meson test`", name);
    }
    return value;
}

// Where the daemons listen and what the descriptor says: as make_scheme.sh was told.
static const char *address(void) {
    return getenv("SIGNPOST_ADDRESS") != NULL ? "[::1]" : "127.0.0.1";
}

// A machine may have no IPv6 at all.
static void need_address(void) {
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    if (getenv("SIGNPOST_ADDRESS") == NULL) {
        return;
    }
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has_ipv6 = fd >= 0 && bind(fd, (struct sockaddr *)&loopback, sizeof loopback) == 0;
    (void)close(fd);
    if (!has_ipv6) {
        cr_skip_test("this machine has no IPv6");
    }
}

static void program_path(const char *program, char out[512]) {
    snprintf(out, 512, "%s/%s", environment("SIGNPOST_BUILD"), program);
}

static struct outcome run_list(const char *dir, const char *program, const char *input, const char *const *first,
                               va_list rest) {
    char path[512];
    program_path(program, path);
    const char *argv[ARGUMENTS_MAX] = {path};
    size_t count = 1;
    for (; first && *first; first++) {
        argv[count++] = *first;
    }
    const char *next = NULL;
    while ((next = va_arg(rest, const char *)) != NULL) {
        cr_assert_lt(count, (size_t)ARGUMENTS_MAX - 1);
        argv[count++] = next;
    }
    return process_run(dir, argv, input);
}

struct outcome house_run(const struct house *house, const char *program, const char *input, ...) {
    va_list rest;
    va_start(rest, input);
    struct outcome outcome = run_list(house->dir, program, input, NULL, rest);
    va_end(rest);
    return outcome;
}

struct outcome house_signpost(const struct house *house, const char *client, const char *input, ...) {
    char config[64];
    snprintf(config, sizeof config, "%s.ini", client);
    const char *const first[] = {"--config", config, NULL};
    va_list rest;
    va_start(rest, input);
    struct outcome outcome = run_list(house->dir, "client/signpost", input, first, rest);
    va_end(rest);
    return outcome;
}

static void shell(const char *program, const char *a, const char *b, const char *c) {
    const char *argv[] = {program, a, b, c, NULL};
    struct outcome outcome = process_run("/", argv, NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s: %s", program, outcome.err);
    outcome_free(&outcome);
}

void house_write(const struct house *house, const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", house->dir, name);
    cr_assert_eq(file_replace(path, 0600, bytes_str(text)), OK, "%s", err_detail());
}

char *house_read(const struct house *house, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", house->dir, name);
    struct buf contents = {0};
    cr_assert_eq(file_read(path, 64u << 20, &contents), OK, "%s", err_detail());
    char *text = strdup(buf_str(&contents));
    buf_free(&contents);
    return text;
}

static void connect_to(const struct house *house, char *out, size_t size) {
    size_t len = 0;
    out[0] = '\0';
    for (int i = 0; i <= HOUSE_HOLDERS; i++) {
        const struct daemon_process *daemon = i < HOUSE_HOLDERS ? &house->holders[i] : &house->index;
        // A daemon that is not running keeps its described port, where nobody listens.
        unsigned port = daemon->pid ? daemon->port : described_ports[i];
        len += (size_t)snprintf(out + len, size - len, "%s%s:%u:%s:%u", i ? ", " : "", address(), described_ports[i],
                                address(), port);
    }
}

void house_set(const struct house *house, const char *name, const char *key, const char *value) {
    char *text = house_read(house, name);
    struct buf out = {0};
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        if (strncmp(line, key, strlen(key)) != 0) {
            buf_printf(&out, "%s\n", line);
        }
    }
    buf_printf(&out, "%s = %s\n", key, value);
    house_write(house, name, buf_str(&out));
    buf_free(&out);
    free(text);
}

void house_connect(const struct house *house) {
    char value[512];
    connect_to(house, value, sizeof value);
    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.ini", clients[i]);
        house_set(house, name, "connect_to", value);
    }
}

static void start(struct house *house, struct daemon_process *daemon, const char *program, const char *name) {
    char path[512], config[64], log[64];
    program_path(program, path);
    snprintf(config, sizeof config, "%s.ini", name);
    snprintf(log, sizeof log, "%s.log", name);
    const char *argv[] = {path, "--config", config, NULL};
    daemon_start(daemon, house->dir, argv, log);
    house_connect(house);
}

void house_start_holder(struct house *house, int holder) {
    char name[32];
    snprintf(name, sizeof name, "holder-%d", holder);
    start(house, &house->holders[holder - 1], "keys/keyholderd/keyholderd", name);
}

void house_start_index(struct house *house) {
    char value[512];
    connect_to(house, value, sizeof value);
    house_set(house, "index.ini", "connect_to", value);
    start(house, &house->index, "indexd/indexd", "index");
}

// Everybody's trust file names the journal's key, which was made just now.
static void name_log(const struct house *house) {
    char *trust = house_read(house, "authority/trust");
    char *vkey = house_read(house, "store/log/vkey");
    struct buf text = {0};
    buf_printf(&text, "%slog %s", trust, vkey);
    house_write(house, "authority/trust", buf_str(&text));
    buf_free(&text);
    free(trust);
    free(vkey);
}

void house_open(struct house *house) {
    *house = (struct house){0};
    need_address();
    cr_assert_eq(secret_start(), OK, "%s", err_detail());
    const char *template = environment("SIGNPOST_TEMPLATE");
    const char *tmp = getenv("TMPDIR");
    snprintf(house->dir, sizeof house->dir, "%s/signpost-house-XXXXXX", tmp ? tmp : "/tmp");
    cr_assert_not_null(mkdtemp(house->dir));
    char contents[512];
    snprintf(contents, sizeof contents, "%s/.", template);
    shell("/bin/cp", "-a", contents, house->dir);
    struct outcome made = house_run(house, "indexd/indexctl", NULL, "init", "--config", "index.ini", NULL);
    cr_assert_eq(made.exit_code, 0, "indexctl init: %s", made.err);
    outcome_free(&made);
    name_log(house);
    for (int holder = 1; holder <= HOUSE_HOLDERS; holder++) {
        house_start_holder(house, holder);
    }
    house_start_index(house);
}

void house_close(struct house *house) {
    int unclean = daemon_stop(&house->index, SIGTERM) != 0;
    for (int i = 0; i < HOUSE_HOLDERS; i++) {
        unclean += daemon_stop(&house->holders[i], SIGTERM) != 0;
    }
    shell("/bin/rm", "-rf", house->dir, NULL);
    cr_assert_eq(unclean, 0, "%d daemons did not stop cleanly", unclean);
}

static void write_row(const struct house *house, const char *name, const char *row) {
    char text[1024];
    snprintf(text, sizeof text, "ref,forenames,surname,date_of_birth,nhs_number,upn\n%s\n", row);
    house_write(house, name, text);
}

int house_change(const struct house *house, const char *verb, const char *client, const char *row) {
    char name[64];
    snprintf(name, sizeof name, "%s-change.csv", client);
    write_row(house, name, row);
    struct outcome outcome = house_signpost(house, client, NULL, verb, "--csv", name, NULL);
    int exit_code = outcome.exit_code;
    if (exit_code != 0) {
        fprintf(stderr, "%s: %s%s", verb, outcome.out, outcome.err);
    }
    outcome_free(&outcome);
    return exit_code;
}

char *house_answer(const struct house *house, const char *client, const char *row) {
    char name[64];
    snprintf(name, sizeof name, "%s-ask.csv", client);
    write_row(house, name, row);
    struct outcome outcome = house_signpost(house, client, NULL, "ask", "--csv", name, NULL);
    char ref[64] = "", answer[64] = "";
    const char *line = strchr(outcome.out, '\n');
    cr_assert(line && sscanf(line + 1, "%63[^,],%63[^,]", ref, answer) == 2, "no answer: %s%s", outcome.out,
              outcome.err);
    cr_assert_eq(outcome.exit_code, strcmp(answer, "could-not-be-answered") == 0 ? 2 : 0);
    outcome_free(&outcome);
    return strdup(answer);
}

void house_expect(const struct house *house, const char *client, const char *row, const char *answer) {
    char *got = house_answer(house, client, row);
    cr_expect_str_eq(got, answer, "%s asked and was told %s instead of %s", client, got, answer);
    free(got);
}

struct http_client *house_client(const struct house *house, const char *name) {
    char ca[512], certificate[512], key[512], map[512];
    snprintf(ca, sizeof ca, "%s/authority/ca.crt", house->dir);
    snprintf(certificate, sizeof certificate, "%s/%s.crt", house->dir, name);
    snprintf(key, sizeof key, "%s/%s.key", house->dir, name);
    connect_to(house, map, sizeof map);
    struct http_client_settings settings = {.ca = ca,
                                            .certificate = certificate,
                                            .key = key,
                                            .connect_to = map,
                                            .connect_timeout_ms = 10000,
                                            .timeout_ms = 30000};
    struct http_client *client = NULL;
    cr_assert_eq(http_client_new(&settings, &client), OK, "%s", err_detail());
    return client;
}

struct http_exchange house_exchange(struct http_client *client, int holder, const char *path, const char *body) {
    char base[64];
    snprintf(base, sizeof base, "https://%s:%u", address(), described_ports[holder ? holder - 1 : HOUSE_HOLDERS]);
    struct http_exchange exchange = {.base = base, .path = path, .body = bytes_str(body ? body : "")};
    http_client_run(client, &exchange, 1);
    exchange.base = NULL;
    exchange.body = (struct bytes){0};
    return exchange;
}
