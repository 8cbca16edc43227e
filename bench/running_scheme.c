// SPDX-License-Identifier: Apache-2.0
#include "bench/running_scheme.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/secret.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static volatile sig_atomic_t child;

static const char *const clients[] = {"north", "south", "jo"};

void scheme_path(const struct running_scheme *scheme, const char *name, char out[640]) {
    (void)snprintf(out, 640, "%s/%s", scheme->dir, name);
}

err_t scheme_write(const struct running_scheme *scheme, const char *name, struct bytes contents) {
    char path[640];
    scheme_path(scheme, name, path);
    return file_replace(path, 0600, contents);
}

// The line of the key, with its end; NULL when there is none.
static const char *find_line(const char *text, const char *key) {
    const size_t len = strlen(key);
    for (const char *line = text; line != NULL && *line != '\0';
         line = strchr(line, '\n'), line += line == NULL ? 0 : 1) {
        if (strncmp(line, key, len) == 0 && (line[len] == ' ' || line[len] == '=')) {
            return line;
        }
    }
    return NULL;
}

err_t scheme_set(const struct running_scheme *scheme, const char *name, const char *key, const char *value) {
    char path[640];
    struct buf text = {0}, next = {0};
    scheme_path(scheme, name, path);
    err_t err = file_read(path, 64 * 1024, &text);
    if (err == OK) {
        const char *whole = buf_str(&text);
        const char *line = find_line(whole, key);
        const char *rest = line == NULL ? NULL : strchr(line, '\n');
        buf_put(&next, whole, line == NULL ? strlen(whole) : (size_t)(line - whole));
        buf_put_str(&next, rest == NULL ? "" : rest + 1);
        buf_printf(&next, "%s = %s\n", key, value);
        err = buf_check(&next);
    }
    if (err == OK) {
        err = file_replace(path, 0600, buf_bytes(&next));
    }
    buf_free(&text);
    buf_free(&next);
    return err;
}

static err_t run_program(const struct running_scheme *scheme, const char *const *argv) {
    struct outcome outcome = process_run(scheme->dir, argv, NULL);
    err_t err = outcome.exit_code == 0 ? OK : err_set(ERR_IO, "%s: %s%s", argv[0], outcome.out, outcome.err);
    outcome_free(&outcome);
    return err;
}

err_t scheme_run(const struct running_scheme *scheme, const char *const *argv) {
    const char *whole[16] = {0};
    char path[640];
    (void)snprintf(path, sizeof path, "%s/%s", scheme->build, argv[0]);
    for (size_t i = 0; argv[i] != NULL && i + 1 < COUNT(whole); i++) {
        whole[i] = i == 0 ? path : argv[i];
    }
    return run_program(scheme, whole);
}

// Everybody's trust file names the journal's key, which was made just now.
static err_t name_log(const struct running_scheme *scheme) {
    char trust[640], vkey[640];
    struct buf text = {0};
    scheme_path(scheme, "authority/trust", trust);
    scheme_path(scheme, "store/log/vkey", vkey);
    err_t err = file_read(trust, 64 * 1024, &text);
    buf_put_str(&text, "log ");
    if (err == OK) {
        err = file_read(vkey, 1024, &text);
    }
    if (err == OK) {
        err = file_replace(trust, 0600, buf_bytes(&text));
    }
    buf_free(&text);
    return err;
}

static err_t make_scheme(const struct running_scheme *scheme) {
    char database[640];
    scheme_path(scheme, "store/lmdb/data.mdb", database);
    if (access(database, F_OK) == 0) {
        return OK;
    }
    const char *script = getenv("SIGNPOST_MAKE_SCHEME");
    char indexctl[640];
    (void)snprintf(indexctl, sizeof indexctl, "%s/indexd/indexctl", scheme->build);
    const char *make[] = {script == NULL ? "" : script, scheme->dir, scheme->build, "1", "2", "3", "4", NULL};
    const char *init[] = {indexctl, "init", "--config", "index.ini", NULL};
    if (script == NULL || setenv("LISTEN", "0", 1) != 0 || setenv("BUDGETS", "none", 1) != 0) {
        return err_set(ERR_INPUT, "SIGNPOST_MAKE_SCHEME names no script: run by `meson test --benchmark`");
    }
    err_t err = run_program(scheme, make);
    if (err == OK) {
        err = scheme_set(scheme, "index.ini", "workers", "1");
    }
    if (err == OK) { // address space alone, for indexes of any size
        err = scheme_set(scheme, "index.ini", "map_size_gib", "64");
    }
    if (err == OK) {
        err = run_program(scheme, init);
    }
    return err == OK ? name_log(scheme) : err;
}

static void start_daemon(const struct running_scheme *scheme, struct daemon_process *daemon, const char *program,
                         const char *name) {
    char path[640], config[64], log[64];
    (void)snprintf(path, sizeof path, "%s/%s", scheme->build, program);
    (void)snprintf(config, sizeof config, "%s.ini", name);
    (void)snprintf(log, sizeof log, "%s.log", name);
    const char *argv[] = {path, "--config", config, NULL};
    daemon_start(daemon, scheme->dir, argv, log);
}

err_t scheme_stop_index(struct running_scheme *scheme) {
    return daemon_stop(&scheme->index, SIGTERM) == 0 ? OK : err_set(ERR_IO, "the index did not stop cleanly");
}

void scheme_start_index(struct running_scheme *scheme) {
    start_daemon(scheme, &scheme->index, "indexd/indexd", "index");
}

void scheme_start_holder(struct running_scheme *scheme, int holder) {
    char name[32];
    (void)snprintf(name, sizeof name, "holder-%d", holder + 1);
    start_daemon(scheme, &scheme->holders[holder], "keys/keyholderd/keyholderd", name);
}

// What is measured is the index, and not the patience of its budgets.
static err_t lift_budgets(const struct running_scheme *scheme) {
    static const char *const limits[] = {"agency_children_hour", "agency_children_day", "agency_questions_day",
                                         "agency_no_day", "agency_unregistered_day"};
    err_t err = OK;
    for (size_t i = 0; err == OK && i < COUNT(limits); i++) {
        err = scheme_set(scheme, "index.ini", limits[i], "0");
    }
    return err;
}

static err_t start(struct running_scheme *scheme) {
    size_t len = 0;
    if (lift_budgets(scheme) != OK) {
        return ERR_IO;
    }
    for (int i = 0; i < SCHEME_HOLDERS; i++) {
        scheme_start_holder(scheme, i);
    }
    for (int i = 0; i <= SCHEME_HOLDERS; i++) {
        const struct daemon_process *daemon = i < SCHEME_HOLDERS ? &scheme->holders[i] : &scheme->index;
        if (i == SCHEME_HOLDERS) { // it has its journal cosigned by the holders
            err_t err = scheme_set(scheme, "index.ini", "connect_to", scheme->connect_to);
            if (err != OK) {
                return err;
            }
            scheme_start_index(scheme);
        }
        len += (size_t)snprintf(scheme->connect_to + len, sizeof scheme->connect_to - len,
                                "%s127.0.0.1:%d:127.0.0.1:%u", i == 0 ? "" : ", ", i + 1, daemon->port);
    }
    err_t err = OK;
    for (size_t i = 0; err == OK && i < COUNT(clients); i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%s.ini", clients[i]);
        err = scheme_set(scheme, name, "connect_to", scheme->connect_to);
    }
    return err;
}

static err_t stop(struct running_scheme *scheme) {
    int unclean = daemon_stop(&scheme->index, SIGTERM) != 0;
    for (int i = 0; i < SCHEME_HOLDERS; i++) {
        unclean += daemon_stop(&scheme->holders[i], SIGTERM) != 0;
    }
    return unclean == 0 ? OK : err_set(ERR_IO, "%d daemons did not stop cleanly", unclean);
}

static err_t read_descriptor(struct running_scheme *scheme) {
    char trust_path[640], descriptor_path[640];
    struct trust trust;
    scheme_path(scheme, "authority/trust", trust_path);
    scheme_path(scheme, "authority/descriptor", descriptor_path);
    err_t err = trust_load(trust_path, &trust);
    return err == OK ? descriptor_load(descriptor_path, &trust, clock_now_s(&clock_system), &scheme->descriptor) : err;
}

err_t scheme_client(const struct running_scheme *scheme, const char *name, struct http_client **out) {
    char ca[640], certificate[640], key[640], file[64];
    scheme_path(scheme, "authority/ca.crt", ca);
    (void)snprintf(file, sizeof file, "%s.crt", name);
    scheme_path(scheme, file, certificate);
    (void)snprintf(file, sizeof file, "%s.key", name);
    scheme_path(scheme, file, key);
    const struct http_client_settings settings = {.ca = ca,
                                                  .certificate = certificate,
                                                  .key = key,
                                                  .connect_to = scheme->connect_to,
                                                  .connect_timeout_ms = 10000,
                                                  .timeout_ms = 30000};
    return http_client_new(&settings, out);
}

static int report(err_t err) {
    fprintf(stderr, "bench: the throwaway scheme: %s: %s\n", err_text(err), err_detail());
    return 2;
}

static int run(struct running_scheme *scheme, int (*work)(struct running_scheme *, void *), void *ctx) {
    err_t err = secret_start();
    if (err == OK) {
        err = make_scheme(scheme);
    }
    if (err == OK) {
        err = read_descriptor(scheme);
    }
    if (err == OK) {
        err = start(scheme);
    }
    if (err != OK) {
        return report(err);
    }
    int code = work(scheme, ctx);
    err = stop(scheme);
    return err == OK ? code : report(err);
}

static void forward(int signal) {
    if (child > 0) {
        (void)kill((pid_t)child, signal);
    }
}

static int wait_for_child(pid_t pid) {
    int status = 0;
    child = (sig_atomic_t)pid;
    (void)signal(SIGINT, forward);
    (void)signal(SIGTERM, forward);
    while (waitpid(pid, &status, 0) < 0) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

// The daemons are the child's and die with it.
static int run_in_child(struct running_scheme *scheme, int (*work)(struct running_scheme *, void *), void *ctx) {
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        int code = getppid() == parent ? run(scheme, work, ctx) : 2;
        (void)fflush(NULL);
        _exit(code);
    }
    return pid < 0 ? report(err_set(ERR_MEMORY, "no process could be started")) : wait_for_child(pid);
}

// Whatever becomes of it, the folder with its keys goes.
int running_scheme_with(int (*work)(struct running_scheme *, void *), void *ctx) {
    static struct running_scheme scheme;
    scheme.build = getenv("SIGNPOST_BUILD");
    (void)snprintf(scheme.dir, sizeof scheme.dir, "%s/bench/scheme-XXXXXX", scheme.build == NULL ? "" : scheme.build);
    if (scheme.build == NULL || mkdtemp(scheme.dir) == NULL) {
        return report(err_set(ERR_IO, "no folder could be made: run by `meson test --benchmark`"));
    }
    int code = run_in_child(&scheme, work, ctx);
    const char *remove[] = {"/bin/rm", "-rf", scheme.dir, NULL};
    struct outcome outcome = process_run("/", remove, NULL);
    outcome_free(&outcome);
    return code;
}

int running_scheme_in(const char *folder, int (*work)(struct running_scheme *, void *), void *ctx) {
    static struct running_scheme scheme;
    char *whole = NULL;
    scheme.build = getenv("SIGNPOST_BUILD");
    if (scheme.build == NULL || (mkdir(folder, 0700) != 0 && errno != EEXIST) ||
        (whole = realpath(folder, NULL)) == NULL) {
        return report(err_set(ERR_IO, "%s: no folder for a scheme", folder));
    }
    (void)snprintf(scheme.dir, sizeof scheme.dir, "%s", whole);
    free(whole);
    return run_in_child(&scheme, work, ctx);
}
