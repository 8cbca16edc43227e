// SPDX-License-Identifier: Apache-2.0
#include "proto/deny.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"

#define MAX_DENY (1024 * 1024)
#define SPACE " \t\r"

err_t deny_check_entry(const char *entry, const char *scheme) {
    uint8_t key[KEY_HASH_SIZE];
    struct urn identity;
    if (hex_decode(entry, key, sizeof(key)) == OK) {
        return OK;
    }
    if (urn_parse(entry, &identity) != OK) {
        return err_set(ERR_INPUT, "neither an identity (urn:signpost:...) nor the 64 lower-case hex digits of a key");
    }
    if (scheme != NULL && strcmp(identity.scheme, scheme) != 0) {
        return err_set(ERR_INPUT, "an identity of another scheme than %s", scheme);
    }
    return OK;
}

static int compare(const void *a, const void *b) {
    return strcmp(a, b);
}

static void sort(struct deny_list *list) {
    if (list->count > 0) {
        qsort(list->entries, list->count, sizeof(*list->entries), compare);
    }
}

// `entry` has been checked, and so is no longer than an identity can be.
static err_t put_entry(struct deny_list *list, const char *entry) {
    char(*entries)[MAX_URN + 1] = realloc(list->entries, (list->count + 1) * sizeof(*entries));
    if (entries == NULL) {
        return err_set(ERR_MEMORY, "no memory for the deny list");
    }
    list->entries = entries;
    memset(entries[list->count], 0, sizeof(*entries));
    memcpy(entries[list->count], entry, strnlen(entry, MAX_URN));
    list->count++;
    return OK;
}

err_t deny_add(struct deny_list *list, const char *entry) {
    err_t err = put_entry(list, entry);
    if (err == OK) {
        sort(list);
    }
    return err;
}

void deny_free(struct deny_list *list) {
    free(list->entries);
    *list = (struct deny_list){0};
}

// The file's text with a zero behind it.
static err_t read_text(const char *path, struct buf *out) {
    err_t err = file_read(path, MAX_DENY, out);
    if (err != OK) {
        return err;
    }
    const char *text = buf_str(out);
    if (text == NULL) {
        return err_set(ERR_MEMORY, "no memory for %s", path);
    }
    return strlen(text) == out->len ? OK : err_set(ERR_INPUT, "%s: not a text", path);
}

// The entry of the next line, or "" where it has none; NULL at the end. Cuts up the text.
static char *next_entry(char **text) {
    char *line = strsep(text, "\n");
    if (line == NULL) {
        return NULL;
    }
    line[strcspn(line, "#")] = 0;
    line += strspn(line, SPACE);
    size_t len = strlen(line);
    while (len > 0 && strchr(SPACE, line[len - 1]) != NULL) {
        len--;
    }
    line[len] = 0;
    return line;
}

static err_t parse(const char *path, char *text, const char *scheme, struct deny_list *list) {
    char *entry = next_entry(&text);
    for (size_t line = 1; entry != NULL; line++, entry = next_entry(&text)) {
        if (entry[0] == 0) {
            continue;
        }
        err_t err = deny_check_entry(entry, scheme);
        if (err != OK) {
            return err_prefix(err, "%s: line %zu", path, line);
        }
        err = put_entry(list, entry);
        if (err != OK) {
            return err;
        }
    }
    sort(list);
    return OK;
}

err_t deny_load(const char *path, const char *scheme, struct deny_list *out) {
    struct buf text = {0};
    struct deny_list list = {0};
    err_t err = read_text(path, &text);
    if (err == OK) {
        err = parse(path, (char *)text.data, scheme, &list);
    }
    if (err == OK) {
        *out = list;
    } else {
        deny_free(&list);
    }
    buf_free(&text);
    return err;
}

static bool text_holds(char *text, const char *wanted) {
    char *entry = next_entry(&text);
    while (entry != NULL && strcmp(entry, wanted) != 0) {
        entry = next_entry(&text);
    }
    return entry != NULL;
}

err_t deny_append(const char *path, const char *entry) {
    struct buf text = {0}, next = {0};
    err_t err = deny_check_entry(entry, NULL);
    if (err == OK) {
        err = read_text(path, &text);
        err = err == ERR_NOT_FOUND ? OK : err;
    }
    if (err != OK) {
        goto out;
    }
    buf_put(&next, text.data, text.len);
    if (text.len > 0 && text.data[text.len - 1] != '\n') {
        buf_put_str(&next, "\n");
    }
    buf_put_str(&next, entry);
    buf_put_str(&next, "\n");
    err = buf_check(&next);
    if (err == OK && (text.len == 0 || !text_holds((char *)text.data, entry))) {
        err = file_replace(path, 0600, buf_bytes(&next));
    }
out:
    buf_free(&next);
    buf_free(&text);
    return err;
}

static bool holds(const struct deny_list *list, const char *entry) {
    return list->count > 0 && bsearch(entry, list->entries, list->count, sizeof(*list->entries), compare) != NULL;
}

err_t deny_check(const struct deny_list *list, const struct urn *identity, const uint8_t key[KEY_HASH_SIZE]) {
    char text[MAX_URN + 1], hex[2 * KEY_HASH_SIZE + 1];
    hex_encode(key, KEY_HASH_SIZE, hex);
    if (holds(list, hex)) {
        return err_set(ERR_DENIED, "this key is on the deny list");
    }
    urn_format(identity, text);
    if (holds(list, text)) {
        return err_set(ERR_DENIED, "this identity is on the deny list");
    }
    if (identity->kind == URN_PERSON) {
        struct urn agency = *identity;
        agency.kind = URN_AGENCY;
        agency.person[0] = 0;
        urn_format(&agency, text);
        if (holds(list, text)) {
            return err_set(ERR_DENIED, "this person's agency is on the deny list");
        }
    }
    return OK;
}
