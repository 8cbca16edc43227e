// SPDX-License-Identifier: Apache-2.0
#include "indexd/indexctl/signing.h"

#include <stdio.h>

#include <openssl/evp.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "proto/act.h"

#define ATTACHMENT_MAX ((size_t)512 * 1024)

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "no memory for the act");
}

// The digest of the attachment as the index writes it again: without spaces.
static err_t add_digest(json_t *arguments, const json_t *attachment) {
    struct buf text = {0};
    uint8_t digest[EVP_MAX_MD_SIZE];
    err_t err = json_write(attachment, false, &text);
    if (!err && EVP_Digest(text.data, text.len, digest, NULL, EVP_sha256(), NULL) != 1) {
        err = err_set(ERR_CRYPTO, "SHA-256");
    }
    if (!err && json_object_set_new(arguments, "sha256", json_hex(digest, 32)) != 0) {
        err = no_memory();
    }
    buf_free(&text);
    return err;
}

static err_t ask_store_id(const struct request *request, uint8_t out[STORE_ID_SIZE]) {
    json_t *reply = NULL;
    err_t err = request_call(request, json_pack("{s:s}", "command", "stats"), &reply);
    if (err) {
        return err == ERR_NOT_FOUND ? err_prefix(err, "the index is not running") : err;
    }
    const char *text = json_string_value(json_object_get(json_object_get(reply, "stats"), "store_id"));
    err = hex_decode(text ? text : "", out, STORE_ID_SIZE);
    json_decref(reply);
    return err;
}

static err_t make(const struct request *request, const struct signing *signing, const char *name, json_t *arguments,
                  struct buf *out) {
    struct descriptor descriptor;
    struct act act = {.arguments = arguments};
    err_t err = request_scheme(request, &descriptor);
    if (!err) {
        err = ask_store_id(request, act.store_id);
    }
    if (err) {
        return err;
    }
    if (snprintf(act.reason, sizeof act.reason, "%s", signing->reason) >= (int)sizeof act.reason) {
        return err_set(ERR_INPUT, "--reason: at most %d bytes", ACT_REASON_MAX);
    }
    (void)snprintf(act.name, sizeof act.name, "%s", name);
    (void)snprintf(act.scheme, sizeof act.scheme, "%s", descriptor.scheme);
    return act_new(&act, clock_now_s(&clock_system), out);
}

static err_t check_options(const struct signing *signing) {
    if (!signing->reason || !signing->reason[0]) {
        return err_set(ERR_INPUT, "an act needs a --reason");
    }
    if (signing->certificates.count != signing->keys.count) {
        return err_set(ERR_INPUT, "each --as needs its --key");
    }
    if (signing->certificates.count == 0 && !signing->out) {
        return err_set(ERR_INPUT, "an act is signed: give --as and --key, or --out to have it signed elsewhere");
    }
    return OK;
}

err_t signing_attachment(const char *path, json_t **out) {
    struct buf text = {0};
    err_t err = file_read(path, ATTACHMENT_MAX, &text);
    if (!err) {
        err = json_parse(buf_bytes(&text), out);
        err = err ? err_prefix(err, "%s", path) : OK;
    }
    buf_free(&text);
    return err;
}

err_t signing_send(const struct request *request, struct bytes document, const json_t *attachment, json_t **out_reply) {
    json_t *act = NULL;
    err_t err = json_parse(document, &act);
    if (err) {
        return err;
    }
    json_t *command = json_pack("{s:s, s:o}", "command", "act", "act", act);
    if (command && attachment && json_object_set(command, "attachment", (json_t *)(uintptr_t)attachment)) {
        json_decref(command);
        command = NULL;
    }
    return request_call(request, command, out_reply);
}

err_t signing_perform(const struct request *request, const struct signing *signing, const char *act, json_t *arguments,
                      const json_t *attachment, json_t **out_reply) {
    struct buf document = {0};
    err_t err = arguments ? check_options(signing) : err_set(ERR_INPUT, "not a text that can be signed");
    *out_reply = NULL;
    if (!err && attachment) {
        err = add_digest(arguments, attachment);
    }
    if (!err) {
        err = make(request, signing, act, arguments, &document);
    }
    for (size_t i = 0; !err && i < signing->certificates.count; i++) {
        err = act_sign(&document, signing->certificates.items[i], signing->keys.items[i]);
    }
    if (!err && signing->out) {
        buf_put_str(&document, "\n");
        err = file_create(signing->out, 0600, buf_bytes(&document));
    } else if (!err) {
        err = signing_send(request, buf_bytes(&document), attachment, out_reply);
    }
    json_decref(arguments);
    buf_free(&document);
    return err;
}

int signing_run(int argc, char **argv, const struct signed_subcommand *subcommand) {
    struct signing signing = {0};
    const struct option_row rows[] = {ACT_ROWS(&signing)};
    struct request request;
    int exit_code = request_read(argc, argv, subcommand->usage, rows, ACT_ROW_COUNT, 1, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    const char *operand = request.operands[0];
    json_t *reply = NULL;
    err_t err = signing_perform(&request, &signing, subcommand->act, json_pack("{s:s}", subcommand->argument, operand),
                                NULL, &reply);
    if (!err && reply) {
        subcommand->print(operand);
    } else if (!err) {
        printf("written to %s\n", signing.out);
    }
    exit_code = err ? request_fail(err, subcommand->failed) : DONE;
    json_decref(reply);
    request_free(&request);
    return exit_code;
}
