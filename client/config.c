// SPDX-License-Identifier: Apache-2.0
#include "client/config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/config.h"
#include "proto/question.h"

#define SYSTEM_CONFIG "/etc/signpost/signpost.ini"
#define FIELD(name) offsetof(struct client_config, name)

static const struct config_key keys[] = {
    {"descriptor", CONFIG_PATH, FIELD(descriptor), NULL, 0, 0, "the scheme descriptor, as the authority hands it out"},
    {"trust", CONFIG_PATH, FIELD(trust), NULL, 0, 0, "the verifier keys of the authority and the key holders"},
    {"ca", CONFIG_PATH, FIELD(ca), NULL, 0, 0, "the scheme's certificate authority (PEM)"},
    {"certificate", CONFIG_PATH_OR_URI, FIELD(certificate), NULL, 0, 0,
     "your own certificate (PEM), or the one on your smartcard"},
    {"key", CONFIG_PATH_OR_URI, FIELD(key), NULL, 0, 0,
     "its private key (PEM), readable by nobody else, or the one on your smartcard, whose PIN is then asked for"},
    {"handle_key", CONFIG_PATH, FIELD(handle_key), "", 0, 0,
     "the agency's key for record handles (32 bytes), readable by nobody else; needed to register, replace, close and "
     "withdraw"},
    {"local_contacts", CONFIG_PATH, FIELD(local_contacts), "", 0, 0,
     "a text file of local duty lines, printed whole with every answer"},
    {"state", CONFIG_PATH, FIELD(state), "", 0, 0,
     "a folder that keeps the last seen descriptor and what `sync` registered; ~/.local/state/signpost when absent"},
    {"purpose", CONFIG_TEXT, FIELD(purpose), "", 0, 0, "the purpose code when none is given; asked for when absent"},
    {"connect_to", CONFIG_TEXT, FIELD(connect_to), "", 0, 0,
     "connect elsewhere than an address says: HOST:PORT:HOST:PORT, several with commas (as curl --connect-to)"},
    {"proxy", CONFIG_TEXT, FIELD(proxy), "", 0, 0,
     "the network's proxy, http://HOST:PORT, or `none`; when absent, as HTTPS_PROXY says; NO_PROXY counts in every "
     "case"},
    {"proxy_credentials", CONFIG_PATH, FIELD(proxy_credentials), "", 0, 0,
     "a file with NAME:PASSWORD for the proxy, readable by nobody else"},
    {"timeout_ms", CONFIG_NUMBER, FIELD(timeout_ms), "15000", 100, 600000,
     "how long one request may take, in milliseconds"},
    {"term_days", CONFIG_NUMBER, FIELD(term_days), "400", 1, 4000,
     "after how many days the scheme's index lets an involvement lapse; `sync` renews before half of them"},
};
#define KEY_COUNT (sizeof keys / sizeof keys[0])

// "$variable/rest", or "$HOME/fallback/rest"; NULL when neither variable is set or there is no memory.
static char *under_home(const char *variable, const char *fallback, const char *rest) {
    const char *base = getenv(variable);
    const char *home = getenv("HOME");
    struct buf path = {0};
    if (base != NULL && base[0] == '/') {
        buf_printf(&path, "%s/%s", base, rest);
    } else if (home != NULL && home[0] == '/') {
        buf_printf(&path, "%s/%s/%s", home, fallback, rest);
    }
    char *out = path.len > 0 && buf_str(&path) != NULL ? strdup(buf_str(&path)) : NULL;
    buf_free(&path);
    return out;
}

static err_t load_first(struct client_config *config) {
    const char *named = getenv("SIGNPOST_CONFIG");
    if (named != NULL && named[0] != '\0') {
        return config_load(named, keys, KEY_COUNT, config);
    }
    char *own = under_home("XDG_CONFIG_HOME", ".config", "signpost/signpost.ini");
    err_t err = ERR_NOT_FOUND;
    if (own != NULL && access(own, F_OK) == 0) {
        err = config_load(own, keys, KEY_COUNT, config);
    } else if (access(SYSTEM_CONFIG, F_OK) == 0) {
        err = config_load(SYSTEM_CONFIG, keys, KEY_COUNT, config);
    } else {
        err = err_set(ERR_NOT_FOUND,
                      "no configuration: give --config FILE or SIGNPOST_CONFIG, or make %s or " SYSTEM_CONFIG,
                      own == NULL ? "~/.config/signpost/signpost.ini" : own);
    }
    free(own);
    return err;
}

static err_t complete(struct client_config *config) {
    enum purpose purpose;
    err_t err = config->purpose == NULL ? OK : purpose_parse(config->purpose, &purpose);
    if (err != OK) {
        return err_prefix(err, "the configuration's purpose");
    }
    if (config->purpose != NULL && purpose == PURPOSE_CANARY) {
        return err_set(ERR_INPUT, "the configuration's purpose: `canary` is the scheme's own");
    }
    if (config->state == NULL) {
        config->state = under_home("XDG_STATE_HOME", ".local/state", "signpost");
        if (config->state == NULL) {
            return err_set(ERR_INPUT, "no folder for state: set `state` in the configuration");
        }
    }
    return OK;
}

err_t client_config_load(const char *path, struct client_config *out) {
    struct client_config config = {0};
    err_t err = path != NULL ? config_load(path, keys, KEY_COUNT, &config) : load_first(&config);
    if (err == OK) {
        err = complete(&config);
    }
    if (err != OK) {
        client_config_free(&config);
        return err;
    }
    *out = config;
    return OK;
}

void client_config_free(struct client_config *config) {
    config_free(keys, KEY_COUNT, config);
}

void client_config_help(FILE *out) {
    config_help(out, keys, KEY_COUNT);
}
