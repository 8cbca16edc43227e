// SPDX-License-Identifier: Apache-2.0
// indexctl: administration of an index on its own machine. There is no network surface: a running indexd is spoken to
// over its Unix socket, and the store is opened directly only while it is stopped.
#include <jansson.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/options.h"
#include "base/secret.h"
#include "indexd/control.h"
#include "indexd/settings.h"

#define DONE 0
#define NOT_DONE 2

static int fail(err_t err, const char *what) {
    fprintf(stderr, "indexctl: %s: %s\n", what, err_detail()[0] ? err_detail() : err_text(err));
    return NOT_DONE;
}

struct request { // what every subcommand reads from its command line
    struct settings settings;
    bool json;
    const char *operand;
};

// Reads --config (and --json), exactly `operands` operands. Returns -1 to go on, otherwise an exit code.
static int read_request(int argc, char **argv, const struct option_usage *usage, int operands, struct request *out) {
    const char *config = NULL;
    bool help = false;
    int first = 0;
    struct option_row rows[] = {
        {"config", "FILE", OPTION_TEXT, &config, 0, 0, "The configuration file of indexd."},
        {"json", NULL, OPTION_FLAG, &out->json, 0, 0, "Print JSON."},
    };
    err_t err = options_read(argc, argv, usage, rows, sizeof rows / sizeof rows[0], &first, &help);
    if (err) {
        return fail(err, "usage");
    }
    if (help) {
        return DONE;
    }
    if (!config || argc - first != operands) {
        return fail(err_set(ERR_INPUT, "%s %s; see --help", usage->program, usage->synopsis), "usage");
    }
    out->operand = operands ? argv[first] : NULL;
    err = settings_load(config, &out->settings);
    return err ? fail(err, config) : -1;
}

static err_t scheme_of(const struct settings *settings, struct descriptor *out) {
    struct trust trust;
    return settings_scheme(settings, clock_now_s(&clock_system), &trust, out);
}

static int run_init(int argc, char **argv) {
    static const struct option_usage usage = {"indexctl init", "--config FILE",
                                              "Makes a new store: pepper, first journal segment, database, and the "
                                              "scheme's canary children. Never touches an "
                                              "existing one.",
                                              "Copy the pepper to a safe place apart from the store: without it the "
                                              "store answers nothing.\nExit codes: 0 made, "
                                              "2 not made."};
    struct request request = {0};
    int exit_code = read_request(argc, argv, &usage, 0, &request);
    if (exit_code >= 0) {
        return exit_code;
    }
    struct descriptor descriptor;
    struct engine_settings engine = settings_engine(&request.settings);
    err_t err = scheme_of(&request.settings, &descriptor);
    if (!err) {
        err = engine_init(&engine, &descriptor);
    }
    exit_code = err ? fail(err, "no store was made") : DONE;
    if (!err) {
        printf("made %s for scheme %s, epoch %u, with %zu canaries\n", request.settings.store, descriptor.scheme,
               descriptor.epoch, descriptor.slot_count);
    }
    settings_free(&request.settings);
    return exit_code;
}

static int run_rebuild(int argc, char **argv) {
    static const struct option_usage usage = {"indexctl rebuild", "--config FILE",
                                              "Makes the database of a stopped index anew from its journal: after "
                                              "damage, or when an older journal was restored. "
                                              "The old database stands until the new one is complete.",
                                              "The store gets a new store_id, so that every feed registers its "
                                              "caseload again.\nExit codes: 0 made, 2 not made."};
    struct request request = {0};
    int exit_code = read_request(argc, argv, &usage, 0, &request);
    if (exit_code >= 0) {
        return exit_code;
    }
    struct descriptor descriptor;
    struct engine_settings engine = settings_engine(&request.settings);
    err_t err = scheme_of(&request.settings, &descriptor);
    if (!err) {
        err = engine_rebuild(&engine, &descriptor);
    }
    exit_code = err ? fail(err, "the database was not made anew") : DONE;
    if (!err) {
        printf("made the database of %s anew from its journal\n", request.settings.store);
    }
    settings_free(&request.settings);
    return exit_code;
}

static err_t open_stopped(const struct settings *settings, struct engine **out) {
    struct descriptor descriptor;
    struct engine_settings engine = settings_engine(settings);
    err_t err = scheme_of(settings, &descriptor);
    return err ? err : engine_open(&engine, &descriptor, out);
}

static err_t stats_of_stopped(const struct settings *settings, json_t **out) {
    struct engine *engine = NULL;
    struct engine_stats stats;
    err_t err = open_stopped(settings, &engine);
    if (err) {
        return err;
    }
    err = engine_stats(engine, &stats);
    engine_close(engine);
    if (!err) {
        *out = control_stats_json(&stats);
    }
    return err;
}

static err_t stats_of_running(const struct settings *settings, json_t **out) {
    json_t *command = json_pack("{s:s}", "command", "stats");
    json_t *reply = NULL;
    err_t err = control_call(settings->control, command, &reply);
    json_decref(command);
    if (!err) {
        *out = json_incref(json_object_get(reply, "stats"));
        json_decref(reply);
    }
    return err;
}

static void print_stats(const json_t *stats, bool json, bool running) {
    if (json) {
        json_dumpf(stats, stdout, JSON_INDENT(2));
        printf("\n");
        return;
    }
    printf("%-16s %s\n", "index", running ? "running" : "stopped");
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)stats, name, value) {
        if (json_is_string(value)) {
            printf("%-16s %s\n", name, json_string_value(value));
        } else {
            printf("%-16s %lld\n", name, (long long)json_integer_value(value));
        }
    }
}

static int run_stats(int argc, char **argv) {
    static const struct option_usage usage = {"indexctl stats", "--config FILE [--json]",
                                              "Prints what the index holds, as counts only; of a running index or of a "
                                              "stopped one's store.",
                                              "Exit codes: 0 printed, 2 could not be read."};
    struct request request = {0};
    int exit_code = read_request(argc, argv, &usage, 0, &request);
    if (exit_code >= 0) {
        return exit_code;
    }
    json_t *stats = NULL;
    err_t err = stats_of_running(&request.settings, &stats);
    bool running = err != ERR_NOT_FOUND;
    if (!running) {
        err = stats_of_stopped(&request.settings, &stats);
    }
    exit_code = err ? fail(err, "no figures") : DONE;
    if (!err) {
        print_stats(stats, request.json, running);
    }
    json_decref(stats);
    settings_free(&request.settings);
    return exit_code;
}

// While the index is stopped the list is appended to and the act is journalled all the same.
static err_t deny_in_stopped(const struct settings *settings, const char *who) {
    struct engine *engine = NULL;
    if (!settings->server.deny) {
        return err_set(ERR_INPUT, "the configuration names no deny file");
    }
    err_t err = open_stopped(settings, &engine);
    if (err) {
        return err;
    }
    char act[MAX_URN + 16];
    snprintf(act, sizeof act, "deny %s", who);
    err = access_append_denial(settings->server.deny, who);
    if (!err) {
        err = engine_note_act(engine, "root", act);
    }
    engine_close(engine);
    return err;
}

static err_t deny_in_running(const struct settings *settings, const char *who) {
    json_t *command = json_pack("{s:s, s:s}", "command", "deny", "who", who);
    if (!command) {
        return err_set(ERR_INPUT, "not a name that can be denied");
    }
    json_t *reply = NULL;
    err_t err = control_call(settings->control, command, &reply);
    json_decref(command);
    json_decref(reply);
    return err;
}

static int run_deny(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl deny", "--config FILE PERSON|AGENCY|KEY",
        "Refuses a person, an agency with all its people, or one key, from the next request on - also on connections "
        "that "
        "are open. Give an identity (urn:signpost:...) or a key's SHA-256 in hex.",
        "The denial stays until its line is taken out of the deny list and the index reloads. It acts here alone: tell "
        "the "
        "key holders, and have the scheme authority change the roster.\nExit codes: 0 denied, 2 not denied."};
    struct request request = {0};
    int exit_code = read_request(argc, argv, &usage, 1, &request);
    if (exit_code >= 0) {
        return exit_code;
    }
    err_t err = deny_in_running(&request.settings, request.operand);
    if (err == ERR_NOT_FOUND) {
        err = deny_in_stopped(&request.settings, request.operand);
    }
    exit_code = err ? fail(err, "nobody was denied") : DONE;
    if (!err) {
        printf("denied %s\n", request.operand);
    }
    settings_free(&request.settings);
    return exit_code;
}

int main(int argc, char **argv) {
    static const struct subcommand rows[] = {
        {"init", run_init, "make a new store"},
        {"rebuild", run_rebuild, "make the database of a stopped index anew from its journal"},
        {"stats", run_stats, "print counts"},
        {"deny", run_deny, "refuse a person, an agency or a key at once"},
    };
    log_open("indexctl", LOG_WARNING);
    err_t err = secret_start();
    if (err) {
        return fail(err, "start");
    }
    return subcommands_run(argc, argv, "indexctl", "Administers an index on its own machine.", rows,
                           sizeof rows / sizeof rows[0], NOT_DONE);
}
