// SPDX-License-Identifier: Apache-2.0
#include "keys/trust.h"

#include <stdbool.h>
#include <string.h>

#include "base/file.h"

#define MAX_TRUST (8 * 1024)

static bool same_key(const struct note_key *a, const struct note_key *b) {
    return strcmp(a->name, b->name) == 0 || memcmp(a->public_key, b->public_key, sizeof a->public_key) == 0;
}

// A key that stands twice would count as two signers.
static err_t trust_check(const struct trust *trust) {
    const struct note_key *all[1 + MAX_HOLDERS + MAX_INDEXES] = {&trust->authority};
    size_t count = 1;
    for (size_t i = 0; i < trust->holder_count; i++) {
        all[count++] = &trust->holders[i];
    }
    for (size_t i = 0; i < trust->log_count; i++) {
        all[count++] = &trust->logs[i];
    }
    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (same_key(all[i], all[j])) {
                bool log = i > trust->holder_count;
                return err_set(ERR_INPUT, "%s %zu has a name or key that stands there already", log ? "log" : "holder",
                               log ? i - trust->holder_count : i);
            }
        }
    }
    if (trust->threshold < 1 || trust->threshold > trust->holder_count) {
        return err_set(ERR_INPUT, "threshold %zu of %zu holders", trust->threshold, trust->holder_count);
    }
    return OK;
}

static err_t trust_threshold(const char *value, struct trust *trust) {
    size_t threshold = 0;
    for (const char *at = value; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || threshold > MAX_HOLDERS) {
            return err_set(ERR_INPUT, "the threshold is not a number from 1 to %d", MAX_HOLDERS);
        }
        threshold = threshold * 10 + (size_t)(*at - '0');
    }
    if (value[0] == '0' || threshold < 1 || threshold > MAX_HOLDERS) {
        return err_set(ERR_INPUT, "the threshold is not a number from 1 to %d", MAX_HOLDERS);
    }
    trust->threshold = threshold;
    return OK;
}

static err_t trust_add(const char *value, struct note_key *keys, size_t max, size_t *count) {
    if (*count == max) {
        return err_set(ERR_INPUT, "more than %zu of these", max);
    }
    err_t err = note_key_parse(value, &keys[*count]);
    *count += err == OK ? 1 : 0;
    return err;
}

// The word that a line begins with tells where in the file it may stand: one threshold, one authority, the holders, and
// behind them the logs.
static err_t trust_line(size_t number, const char *line, struct trust *trust) {
    bool log = trust->holder_count > 0 && strncmp(line, "log ", 4) == 0;
    const char *word = number == 1                   ? "threshold "
                       : number == 2                 ? "authority "
                       : log || trust->log_count > 0 ? "log "
                                                     : "holder ";
    if (strncmp(line, word, strlen(word)) != 0) {
        return err_set(ERR_INPUT, "expected \"%s...\"", word);
    }
    const char *value = line + strlen(word);
    if (number == 1) {
        return trust_threshold(value, trust);
    }
    if (number == 2) {
        return note_key_parse(value, &trust->authority);
    }
    return log ? trust_add(value, trust->logs, MAX_INDEXES, &trust->log_count)
               : trust_add(value, trust->holders, MAX_HOLDERS, &trust->holder_count);
}

err_t trust_parse(struct bytes text, struct trust *out) {
    struct trust trust = {0};
    size_t number = 0;
    while (text.len > 0) {
        char line[16 + NOTE_VKEY_SIZE];
        const uint8_t *end = memchr(text.data, '\n', text.len);
        size_t len = end != NULL ? (size_t)(end - text.data) : text.len;
        number++;
        if (end == NULL || len >= sizeof line || memchr(text.data, '\0', len) != NULL) {
            return err_set(ERR_INPUT, "line %zu is too long, not text, or without its newline", number);
        }
        memcpy(line, text.data, len);
        line[len] = '\0';
        err_t err = trust_line(number, line, &trust);
        if (err != OK) {
            return err_prefix(err, "line %zu", number);
        }
        text = bytes_of(end + 1, text.len - len - 1);
    }
    err_t err = trust_check(&trust);
    if (err == OK) {
        *out = trust;
    }
    return err;
}

err_t trust_load(const char *path, struct trust *out) {
    struct buf text = {0};
    err_t err = file_read(path, MAX_TRUST, &text);
    if (err == OK) {
        err = trust_parse(buf_bytes(&text), out);
        err = err == OK ? OK : err_prefix(err, "%s", path);
    }
    buf_free(&text);
    return err;
}
