// SPDX-License-Identifier: Apache-2.0
#include "base/seal.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/secret.h"
#include "base/terminal.h"

#define MAGIC "signpost sealed 1\n"
#define KIND_MAX 64
#define SECRET_MAX 4096
#define SALT_SIZE crypto_pwhash_argon2id_SALTBYTES
#define KEY_SIZE crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_SIZE crypto_aead_xchacha20poly1305_ietf_ABYTES
#define FILE_MAX (sizeof MAGIC + KIND_MAX + 1 + 4 + 8 + SALT_SIZE + NONCE_SIZE + SECRET_MAX + TAG_SIZE)
#define PASSPHRASE_MAX 1024

struct cost {
    const char *name;
    uint32_t opslimit;
    uint64_t memlimit;
};

static const struct cost costs[] = {
    [SEAL_INTERACTIVE] = {"interactive", crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE},
    [SEAL_MODERATE] = {"moderate", crypto_pwhash_argon2id_OPSLIMIT_MODERATE, crypto_pwhash_argon2id_MEMLIMIT_MODERATE},
    [SEAL_SENSITIVE] = {"sensitive", crypto_pwhash_argon2id_OPSLIMIT_SENSITIVE,
                        crypto_pwhash_argon2id_MEMLIMIT_SENSITIVE},
};
#define COST_COUNT (sizeof costs / sizeof costs[0])

struct head {
    struct cost cost;
    uint8_t salt[SALT_SIZE];
    uint8_t nonce[NONCE_SIZE];
};

err_t seal_cost_parse(const char *text, enum seal_cost *out) {
    for (size_t i = 0; i < COST_COUNT; i++) {
        if (strcmp(text, costs[i].name) == 0) {
            *out = (enum seal_cost)i;
            return OK;
        }
    }
    return err_set(ERR_INPUT, "the cost must be interactive, moderate or sensitive");
}

static void put_head(struct buf *out, const char *kind, const struct head *head) {
    buf_printf(out, "%s%s\n", MAGIC, kind);
    buf_put_u32(out, head->cost.opslimit);
    buf_put_u64(out, head->cost.memlimit);
    buf_put(out, head->salt, sizeof head->salt);
    buf_put(out, head->nonce, sizeof head->nonce);
}

// The costs are not yet authenticated when they are used: none but our own is tried, lest a file asks for a terabyte.
static err_t get_head(struct reader *reader, const char *kind, struct head *out) {
    struct head head = {0};
    if (!bytes_equal(reader_take(reader, strlen(MAGIC)), bytes_str(MAGIC))) {
        return err_set(ERR_CORRUPT, "not a sealed file");
    }
    if (!bytes_equal(reader_take(reader, strlen(kind)), bytes_str(kind)) || reader_u8(reader) != '\n') {
        return err_set(ERR_CORRUPT, "not a sealed file of the kind \"%s\"", kind);
    }
    head.cost.opslimit = reader_u32(reader);
    head.cost.memlimit = reader_u64(reader);
    reader_copy(reader, head.salt, sizeof head.salt);
    reader_copy(reader, head.nonce, sizeof head.nonce);
    for (size_t i = 0; i < COST_COUNT && !reader->failed && reader->left >= TAG_SIZE; i++) {
        if (head.cost.opslimit == costs[i].opslimit && head.cost.memlimit == costs[i].memlimit) {
            *out = head;
            return OK;
        }
    }
    return err_set(ERR_CORRUPT, "a sealed file that is cut short or of unknown cost");
}

// `*out` is locked memory of KEY_SIZE.
static err_t derive_key(const struct head *head, struct bytes passphrase, uint8_t **out) {
    if (passphrase.len == 0) {
        return err_set(ERR_INPUT, "the passphrase is empty");
    }
    uint8_t *key = secret_new(KEY_SIZE);
    if (key == NULL) {
        return err_set(ERR_MEMORY, "no memory that can be locked");
    }
    if (crypto_pwhash_argon2id(key, KEY_SIZE, (const char *)passphrase.data, passphrase.len, head->salt,
                               head->cost.opslimit, (size_t)head->cost.memlimit,
                               crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
        secret_free(key);
        return err_set(ERR_MEMORY, "no memory for the passphrase's key (%u MiB)",
                       (unsigned)(head->cost.memlimit / (1024 * 1024)));
    }
    *out = key;
    return OK;
}

static err_t seal(const char *kind, const struct head *head, struct bytes passphrase, struct bytes secret,
                  struct buf *out) {
    uint8_t *key = NULL;
    uint8_t ciphertext[SECRET_MAX + TAG_SIZE];
    put_head(out, kind, head);
    err_t err = buf_check(out);
    if (err == OK) {
        err = derive_key(head, passphrase, &key);
    }
    if (err != OK) {
        return err;
    }
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(ciphertext, NULL, secret.data, secret.len, out->data, out->len,
                                                     NULL, head->nonce, key); // cannot fail
    secret_free(key);
    buf_put(out, ciphertext, secret.len + TAG_SIZE);
    return buf_check(out);
}

err_t seal_create(const char *path, const char *kind, enum seal_cost cost, struct bytes passphrase,
                  struct bytes secret) {
    assert(strlen(kind) <= KIND_MAX && strchr(kind, '\n') == NULL);
    if (secret.len > SECRET_MAX) {
        return err_set(ERR_TOO_LARGE, "%s: a sealed secret has at most %d bytes", path, SECRET_MAX);
    }
    struct buf file = {0};
    struct head head = {.cost = costs[cost]};
    randombytes_buf(head.salt, sizeof head.salt);
    randombytes_buf(head.nonce, sizeof head.nonce);
    err_t err = seal(kind, &head, passphrase, secret, &file);
    err = err == OK ? file_create(path, S_IRUSR | S_IWUSR, buf_bytes(&file)) : err_prefix(err, "%s", path);
    buf_free(&file);
    return err;
}

// `file` is the head, `head_len` bytes of it, and the ciphertext.
static err_t unseal(struct bytes file, size_t head_len, const struct head *head, struct bytes passphrase, uint8_t **out,
                    size_t *out_len) {
    uint8_t *key = NULL;
    size_t len = file.len - head_len - TAG_SIZE;
    uint8_t *secret = secret_new(len);
    err_t err = secret == NULL ? err_set(ERR_MEMORY, "no memory that can be locked") : OK;
    if (err == OK) {
        err = derive_key(head, passphrase, &key);
    }
    if (err == OK &&
        crypto_aead_xchacha20poly1305_ietf_decrypt(secret, NULL, NULL, file.data + head_len, file.len - head_len,
                                                   file.data, head_len, head->nonce, key) != 0) {
        err = err_set(ERR_DENIED, "the passphrase is wrong, or the file was altered");
    }
    if (err == OK) {
        *out = secret;
        *out_len = len;
        secret = NULL;
    }
    secret_free(secret);
    secret_free(key);
    return err;
}

err_t seal_open(const char *path, const char *kind, struct bytes passphrase, uint8_t **out, size_t *out_len) {
    struct buf file = {0};
    struct head head;
    err_t err = file_read(path, FILE_MAX, &file);
    if (err != OK) {
        return err == ERR_TOO_LARGE ? err_set(ERR_CORRUPT, "%s: longer than any sealed file", path) : err;
    }
    struct reader reader = reader_of(buf_bytes(&file));
    err = get_head(&reader, kind, &head);
    if (err == OK) {
        err = unseal(buf_bytes(&file), file.len - reader.left, &head, passphrase, out, out_len);
    }
    buf_free(&file);
    return err == OK ? OK : err_prefix(err, "%s", path);
}

static err_t ask_passphrase(const char *prompt, bool confirm, uint8_t **out, size_t *out_len) {
    uint8_t *first = NULL;
    uint8_t *second = NULL;
    size_t first_len = 0;
    size_t second_len = 0;
    err_t err = terminal_ask_hidden(prompt, PASSPHRASE_MAX, &first, &first_len);
    if (err == OK && first_len == 0) {
        err = err_set(ERR_INPUT, "the passphrase is empty");
    }
    if (err == OK && confirm) {
        err = terminal_ask_hidden("Once more: ", PASSPHRASE_MAX, &second, &second_len);
        if (err == OK && (first_len != second_len || !secret_equal(first, second, first_len))) {
            err = err_set(ERR_INPUT, "the two passphrases differ");
        }
    }
    if (err == OK) {
        *out = first;
        *out_len = first_len;
        first = NULL;
    }
    secret_free(first);
    secret_free(second);
    return err;
}

typedef err_t (*read_fn)(const char *name, size_t max, bool text, uint8_t **out, size_t *out_len);

static err_t read_passphrase(read_fn read, const char *name, uint8_t **out, size_t *out_len) {
    uint8_t *passphrase = NULL;
    size_t len = 0;
    err_t err = read(name, PASSPHRASE_MAX, true, &passphrase, &len);
    if (err == OK && len == 0) {
        secret_free(passphrase);
        err = err_set(ERR_INPUT, "%s: the passphrase is empty", name);
    }
    if (err == OK) {
        *out = passphrase;
        *out_len = len;
    }
    return err;
}

err_t seal_passphrase(const char *file, const char *prompt, bool confirm, uint8_t **out, size_t *out_len) {
    return file == NULL ? ask_passphrase(prompt, confirm, out, out_len)
                        : read_passphrase(file_read_secret, file, out, out_len);
}

err_t seal_passphrase_credential(const char *name, uint8_t **out, size_t *out_len) {
    return read_passphrase(file_read_credential, name, out, out_len);
}
