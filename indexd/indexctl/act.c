// SPDX-License-Identifier: Apache-2.0
// indexctl act: acts that lie in files. A second person signs one, anybody shows one, and the operator carries it out.
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "indexd/indexctl/signing.h"
#include "indexd/indexctl/subcommands.h"
#include "proto/act.h"
#include "proto/allowance_act.h"

static void print_person(const char *label, const struct urn *urn) {
    char who[MAX_URN + 1];
    urn_format(urn, who);
    printf("%-10s %s\n", label, who);
}

static void print_act(const struct act *act) {
    char issued[CLOCK_TEXT_SIZE];
    char expires[CLOCK_TEXT_SIZE];
    const char *name = NULL;
    json_t *value = NULL;
    clock_format(act->issued, issued);
    clock_format(act->expires, expires);
    printf("%-10s %s\n%-10s %s\n%-10s %s to %s\n", "act", act->name, "reason", act->reason, "valid", issued, expires);
    json_object_foreach(act->arguments, name, value) {
        char *text = json_dumps(value, JSON_ENCODE_ANY);
        printf("%-10s %s\n", name, text ? text : "");
        free(text);
    }
    for (size_t i = 0; i < act->signer_count; i++) {
        print_person("signed by", &act->signers[i].identity);
    }
    if (act->signer_count == 0) {
        printf("%-10s %s\n", "signed by", "nobody yet");
    }
}

static err_t show_document(struct bytes document) {
    struct act act = {0};
    err_t err = act_peek(document, &act);
    if (!err) {
        print_act(&act);
    }
    act_free(&act);
    return err;
}

// The acts that are signed away from the index need no configuration of it.
struct act_file {
    const char *path;
    struct buf document;
};

static int read_file(int argc, char **argv, const struct option_usage *usage, const struct option_row *rows,
                     size_t count, struct act_file *out) {
    bool help = false;
    int first = 0;
    err_t err = options_read(argc, argv, usage, rows, count, &first, &help);
    if (err) {
        return request_fail(err, "usage");
    }
    if (help) {
        return DONE;
    }
    if (argc - first != 1) {
        return request_fail(err_set(ERR_INPUT, "%s %s; see --help", usage->program, usage->synopsis), "usage");
    }
    out->path = argv[first];
    err = file_read(out->path, JWS_MAX, &out->document);
    return err ? request_fail(err, "no act") : GO_ON;
}

static int run_show(int argc, char **argv) {
    static const struct option_usage usage = {"indexctl act show", "FILE",
                                              "Prints what an act would do, and who signed it.",
                                              "The certificates are not checked here: the index does that.\n"
                                              "Exit codes: 0 printed, 2 not an act."};
    struct act_file file = {0};
    int exit_code = read_file(argc, argv, &usage, NULL, 0, &file);
    if (exit_code == GO_ON) {
        err_t err = show_document(buf_bytes(&file.document));
        exit_code = err ? request_fail(err, file.path) : DONE;
    }
    buf_free(&file.document);
    return exit_code;
}

static err_t sign_file(struct act_file *file, const char *certificate, const char *key) {
    if (!certificate || !key) {
        return err_set(ERR_INPUT, "--as and --key are needed");
    }
    err_t err = act_sign(&file->document, certificate, key);
    if (!err) {
        buf_put_str(&file->document, "\n");
        err = file_replace(file->path, 0600, buf_bytes(&file->document));
    }
    return err ? err : show_document(buf_bytes(&file->document));
}

static int run_sign(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl act sign", "--as CERTIFICATE --key KEY FILE",
        "Adds a person's signature to an act, and prints the act.",
        "Read it first: indexctl act show FILE.\nExit codes: 0 signed, 2 not signed."};
    const char *certificate = NULL;
    const char *key = NULL;
    const struct option_row rows[] = {
        {"as", "CERTIFICATE", OPTION_TEXT, &certificate, 0, 0, "The certificate of the person who signs."},
        {"key", "KEY", OPTION_TEXT, &key, 0, 0, "Its private key."},
    };
    struct act_file file = {0};
    int exit_code = read_file(argc, argv, &usage, rows, 2, &file);
    if (exit_code == GO_ON) {
        err_t err = sign_file(&file, certificate, key);
        exit_code = err ? request_fail(err, "not signed") : DONE;
    }
    buf_free(&file.document);
    return exit_code;
}

static err_t run_file(const struct request *request, const char *with, json_t **out_reply) {
    struct buf document = {0};
    json_t *attachment = NULL;
    err_t err = file_read(request->operands[0], JWS_MAX, &document);
    if (!err && with) {
        err = signing_attachment(with, &attachment);
    }
    if (!err) {
        err = signing_send(request, buf_bytes(&document), attachment, out_reply);
    }
    json_decref(attachment);
    buf_free(&document);
    return err;
}

static int run_run(int argc, char **argv) {
    static const struct option_usage usage = {"indexctl act run", "--config FILE [--with FILE] ACT",
                                              "Has the running index carry out a signed act, once.",
                                              "Exit codes: 0 carried out, 2 not carried out."};
    const char *with = NULL;
    const struct option_row rows[] = {
        {"with", "FILE", OPTION_TEXT, &with, 0, 0, "The file that belongs to the act (tokens of a child)."}};
    struct request request;
    int exit_code = request_read(argc, argv, &usage, rows, 1, 1, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    json_t *reply = NULL;
    err_t err = run_file(&request, with, &reply);
    exit_code = err ? request_fail(err, "not carried out") : DONE;
    if (!err) {
        json_object_del(reply, "ok");
        json_dumpf(reply, stdout, JSON_INDENT(2));
        printf("\n");
    }
    json_decref(reply);
    request_free(&request);
    return exit_code;
}

static int run_note(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl act note", "--config FILE --reason TEXT --as CERTIFICATE --key KEY",
        "Writes a signed remark into the journal: also a way to try out a certificate and its key.",
        "Exit codes: 0 written, 2 not written."};
    struct signing signing = {0};
    const struct option_row rows[] = {ACT_ROWS(&signing)};
    struct request request;
    int exit_code = request_read(argc, argv, &usage, rows, ACT_ROW_COUNT, 0, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    json_t *reply = NULL;
    err_t err = signing_perform(&request, &signing, "note", json_object(), NULL, &reply);
    exit_code = err ? request_fail(err, "nothing was written") : DONE;
    json_decref(reply);
    request_free(&request);
    return exit_code;
}

// About the roster and no index: made without one, for the authority's machine.
struct allowance_options {
    const char *agency, *from, *until, *reason, *certificate, *key, *out;
    int64_t elements, children;
};

static err_t read_day(const char *option, const char *given, int64_t *out) {
    char text[CLOCK_TEXT_SIZE + 8];
    (void)snprintf(text, sizeof text, "%.10sT00:00:00Z", given ? given : "");
    if (!given || strlen(given) != 10 || clock_parse(text, out)) {
        return err_set(ERR_INPUT, "%s: a date like 2027-01-31 is needed", option);
    }
    return OK;
}

static err_t plan_allowance(const struct allowance_options *given, struct act *act) {
    struct allowance allowance = {.elements_day = (uint32_t)given->elements, .children_day = (uint32_t)given->children};
    struct urn agency;
    struct urn checked;
    if (!given->agency || !given->reason || !given->certificate || !given->key || !given->out || given->elements == 0) {
        return err_set(ERR_INPUT,
                       "--agency, --elements-day, --from, --until, --reason, --as, --key and --out are needed");
    }
    err_t err = urn_parse(given->agency, &agency);
    if (!err) {
        err = read_day("--from", given->from, &allowance.from);
    }
    if (!err) {
        err = read_day("--until", given->until, &allowance.until);
    }
    if (err) {
        return err;
    }
    allowance.until += 86400; // to the last day's end
    (void)snprintf(act->name, sizeof act->name, "%s", ALLOWANCE_ACT);
    (void)snprintf(act->scheme, sizeof act->scheme, "%s", agency.scheme);
    if (snprintf(act->reason, sizeof act->reason, "%s", given->reason) >= (int)sizeof act->reason) {
        return err_set(ERR_INPUT, "--reason: at most %d bytes", ACT_REASON_MAX);
    }
    act->arguments = allowance_act_arguments(&agency, &allowance);
    if (!act->arguments) {
        return err_set(ERR_MEMORY, "no memory for the act");
    }
    return allowance_act_read(act->arguments, &checked, &allowance);
}

static err_t make_allowance(const struct allowance_options *given) {
    struct act act = {0};
    struct buf document = {0};
    err_t err = plan_allowance(given, &act);
    if (!err) {
        err = act_new(&act, clock_now_s(&clock_system), &document);
    }
    if (!err) {
        err = act_sign(&document, given->certificate, given->key);
    }
    if (!err) {
        buf_put_str(&document, "\n");
        err = file_create(given->out, 0600, buf_bytes(&document));
    }
    if (!err) {
        err = show_document(buf_bytes(&document));
    }
    act_free(&act);
    buf_free(&document);
    return err;
}

static int run_allowance(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl act allowance",
        "--agency IDENTITY --elements-day NUMBER [--children-day NUMBER] --from DATE --until DATE --reason TEXT "
        "--as CERTIFICATE --key KEY --out FILE",
        "Makes the act by which two administrators give an agency more for the days of its first load, signed by the "
        "first.",
        "A second administrator signs it (indexctl act sign), and the authority carries it out: ceremony roster "
        "allowance FILE.\nExit codes: 0 written, 2 not written."};
    struct allowance_options given = {0};
    const struct option_row rows[] = {
        {"agency", "IDENTITY", OPTION_TEXT, &given.agency, 0, 0, "The agency, with all its people."},
        {"elements-day", "NUMBER", OPTION_NUMBER, &given.elements, 1, LIMIT_MAX,
         "Elements at each key holder, in place of the limits of a day and an hour."},
        {"children-day", "NUMBER", OPTION_NUMBER, &given.children, 1, LIMIT_MAX,
         "Children asked about at the index, in the same way; changes need none."},
        {"from", "DATE", OPTION_TEXT, &given.from, 0, 0, "The first day (2027-01-31), of UTC."},
        {"until", "DATE", OPTION_TEXT, &given.until, 0, 0, "The last day; 31 days at most."},
        {"reason", "TEXT", OPTION_TEXT, &given.reason, 0, 0, "Why. Nothing about a child."},
        {"as", "CERTIFICATE", OPTION_TEXT, &given.certificate, 0, 0, "The certificate of the first who signs."},
        {"key", "KEY", OPTION_TEXT, &given.key, 0, 0, "Its private key."},
        {"out", "FILE", OPTION_TEXT, &given.out, 0, 0, "Where the act is written."},
    };
    bool help = false;
    int first = 0;
    err_t err = options_read(argc, argv, &usage, rows, sizeof rows / sizeof rows[0], &first, &help);
    if (!err && !help && argc != first) {
        err = err_set(ERR_INPUT, "takes options alone; see --help");
    }
    if (err || help) {
        return err ? request_fail(err, "usage") : DONE;
    }
    err = make_allowance(&given);
    return err ? request_fail(err, "no act was written") : DONE;
}

int run_act(int argc, char **argv) {
    static const struct subcommand rows[] = {
        {"show", run_show, "print what an act in a file would do, and who signed it"},
        {"sign", run_sign, "sign an act in a file"},
        {"run", run_run, "have the running index carry out a signed act"},
        {"allowance", run_allowance, "make the act by which an agency gets more for its first load"},
        {"note", run_note, "write a signed remark into the journal"},
    };
    return subcommands_run(argc, argv, "indexctl act", "Signed administrative acts.", rows,
                           sizeof rows / sizeof rows[0], NOT_DONE);
}
