// SPDX-License-Identifier: Apache-2.0
#include "base/config.h"

#include <assert.h>
#include <ini.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/number.h"

#define FILE_MAX (64 * 1024)
#define KEYS_MAX 64 // bits of `seen`

struct loading {
    const char *path;
    const struct config_key *keys;
    size_t count;
    void *target;
    uint64_t seen;      // a bit for each key that was given
    struct reader text; // what is left of the file
    int line;           // the one that was read last
    err_t err;          // the first that a line met, and its line
    int err_line;
};

static void *field_of(void *target, const struct config_key *key) {
    return (char *)target + key->offset;
}

static err_t set_text(char **field, const char *value) {
    if (value[0] == '\0') {
        return err_set(ERR_INPUT, "must not be empty");
    }
    *field = strdup(value);
    return *field == NULL ? err_set(ERR_MEMORY, "out of memory") : OK;
}

static err_t set_path(char **field, const char *value, const char *config_path) {
    const char *slash = strrchr(config_path, '/');
    if (value[0] == '/' || value[0] == '\0' || slash == NULL) {
        return set_text(field, value);
    }
    char *dir = strndup(config_path, (size_t)(slash - config_path) + 1);
    *field = dir == NULL ? NULL : file_join(dir, value);
    free(dir);
    return *field == NULL ? err_set(ERR_MEMORY, "out of memory") : OK;
}

static err_t set_switch(bool *field, const char *value) {
    bool yes = strcmp(value, "yes") == 0;
    if (!yes && strcmp(value, "no") != 0) {
        return err_set(ERR_INPUT, "must be yes or no");
    }
    *field = yes;
    return OK;
}

static err_t set_value(const struct loading *loading, const struct config_key *key, const char *value) {
    void *field = field_of(loading->target, key);
    switch (key->type) {
    case CONFIG_TEXT:
        return set_text(field, value);
    case CONFIG_PATH:
        return set_path(field, value, loading->path);
    case CONFIG_PATH_OR_URI:
        return strncmp(value, "pkcs11:", 7) == 0 ? set_text(field, value) : set_path(field, value, loading->path);
    case CONFIG_NUMBER:
        return number_parse(value, key->min, key->max, field);
    case CONFIG_SWITCH:
        return set_switch(field, value);
    }
    return err_set(ERR_INPUT, "is of no known type");
}

static err_t take_pair(struct loading *loading, const char *section, const char *name, const char *value) {
    size_t i = 0;
    if (section[0] != '\0') {
        return err_set(ERR_INPUT, "sections are not used here");
    }
    while (i < loading->count && strcmp(loading->keys[i].name, name) != 0) {
        i++;
    }
    if (i == loading->count) {
        return err_set(ERR_INPUT, "unknown key \"%s\"", name);
    }
    if ((loading->seen >> i & 1) != 0) {
        return err_set(ERR_INPUT, "\"%s\" is repeated", name);
    }
    loading->seen |= UINT64_C(1) << i;
    err_t err = set_value(loading, &loading->keys[i], value);
    return err == OK ? OK : err_prefix(err, "\"%s\"", name);
}

// libinih's handler: 0 is an error. It goes on after one, so that the first is remembered here.
static int on_pair(void *user, const char *section, const char *name, const char *value) {
    struct loading *loading = user;
    if (loading->err == OK) {
        loading->err = take_pair(loading, section, name, value);
        loading->err_line = loading->line;
    }
    return loading->err == OK;
}

// libinih's reader, like fgets. A line that is longer than its buffer would be taken for two; it ends the reading. An
// indented line would continue the value above; without its indent it is a line like any other.
static char *next_line(char *out, int size, void *user) {
    struct loading *loading = user;
    struct reader *text = &loading->text;
    if (text->left == 0 || loading->err != OK) {
        return NULL;
    }
    const uint8_t *end = memchr(text->at, '\n', text->left);
    size_t len = end == NULL ? text->left : (size_t)(end - text->at) + 1;
    size_t indent = 0;
    while (indent < len && (text->at[indent] == ' ' || text->at[indent] == '\t')) {
        indent++;
    }
    loading->line++;
    (void)reader_take(text, indent);
    len -= indent;
    if (len >= (size_t)size || memchr(text->at, '\0', len) != NULL) {
        loading->err = err_set(ERR_INPUT, "longer than %d characters, or not text", size - 1);
        loading->err_line = loading->line;
        return NULL;
    }
    reader_copy(text, out, len);
    out[len] = '\0';
    return out;
}

static err_t read_lines(struct loading *loading) {
    int line = ini_parse_stream(next_line, loading, on_pair, loading);
    if (line < 0) {
        return err_set(ERR_MEMORY, "%s: out of memory", loading->path);
    }
    if (line > 0 && (loading->err == OK || line < loading->err_line)) {
        return err_set(ERR_INPUT, "%s: line %d: not KEY = VALUE", loading->path, line);
    }
    return loading->err == OK ? OK : err_prefix(loading->err, "%s: line %d", loading->path, loading->err_line);
}

static err_t set_fallbacks(const struct loading *loading) {
    for (size_t i = 0; i < loading->count; i++) {
        const struct config_key *key = &loading->keys[i];
        if ((loading->seen >> i & 1) != 0) {
            continue;
        }
        if (key->fallback == NULL) {
            return err_set(ERR_INPUT, "%s: \"%s\" is missing", loading->path, key->name);
        }
        err_t err = key->fallback[0] == '\0' ? OK : set_value(loading, key, key->fallback);
        if (err != OK) {
            return err_prefix(err, "%s: \"%s\"", loading->path, key->name);
        }
    }
    return OK;
}

err_t config_load(const char *path, const struct config_key *keys, size_t count, void *target) {
    assert(count <= KEYS_MAX);
    struct buf text = {0};
    err_t err = file_read(path, FILE_MAX, &text);
    if (err == OK) {
        struct loading loading = {
            .path = path, .keys = keys, .count = count, .target = target, .text = reader_of(buf_bytes(&text))};
        err = read_lines(&loading);
        err = err == OK ? set_fallbacks(&loading) : err;
    }
    if (err != OK) {
        config_free(keys, count, target);
    }
    buf_free(&text);
    return err;
}

void config_free(const struct config_key *keys, size_t count, void *target) {
    for (size_t i = 0; i < count; i++) {
        void *field = field_of(target, &keys[i]);
        switch (keys[i].type) {
        case CONFIG_TEXT:
        case CONFIG_PATH:
        case CONFIG_PATH_OR_URI:
            free(*(char **)field);
            *(char **)field = NULL;
            break;
        case CONFIG_NUMBER:
            *(int64_t *)field = 0;
            break;
        case CONFIG_SWITCH:
            *(bool *)field = false;
            break;
        }
    }
}

static void help_type(FILE *out, const struct config_key *key) {
    switch (key->type) {
    case CONFIG_TEXT:
        (void)fputs("text", out);
        break;
    case CONFIG_PATH:
        (void)fputs("path", out);
        break;
    case CONFIG_PATH_OR_URI:
        (void)fputs("path, or pkcs11: URI", out);
        break;
    case CONFIG_NUMBER:
        (void)fprintf(out, "number from %" PRId64 " to %" PRId64, key->min, key->max);
        break;
    case CONFIG_SWITCH:
        (void)fputs("yes or no", out);
        break;
    }
}

void config_help(FILE *out, const struct config_key *keys, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *fallback = keys[i].fallback;
        (void)fprintf(out, "%s = ", keys[i].name);
        help_type(out, &keys[i]);
        if (fallback == NULL) {
            (void)fputs("; required", out);
        } else if (fallback[0] == '\0') {
            (void)fputs("; optional", out);
        } else {
            (void)fprintf(out, "; default %s", fallback);
        }
        (void)fprintf(out, "\n    %s\n", keys[i].help);
    }
}
