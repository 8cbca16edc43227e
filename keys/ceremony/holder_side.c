// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/holder_side.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/folder.h"

static err_t need_all(const struct holder_options *given) {
    err_t err = command_need("share", given->share);
    err = err != OK ? err : command_need("trust", given->trust);
    return err != OK ? err : command_need("present", given->present);
}

err_t holder_side_own_key(const struct share *share, const struct trust *trust, struct note_key *out) {
    char name[NOTE_NAME_MAX + 1];
    struct note_key own;
    folder_holder_name(share->scheme, share->holder, name);
    err_t err = note_key_of_seed(name, share->note_seed, &own);
    if (err != OK) {
        return err;
    }
    const struct note_key *listed = &trust->holders[share->holder - 1];
    if (strcmp(listed->name, own.name) != 0 || memcmp(listed->public_key, own.public_key, sizeof own.public_key) != 0) {
        return err_set(ERR_DENIED, "this share's signing key is not holder %u's of the trust file", share->holder);
    }
    *out = own;
    return OK;
}

// The descriptor in force may have expired: then the next one is all the more needed.
static err_t open_public(struct holder_side *side) {
    err_t err = need_all(side->given);
    err = err != OK ? err : trust_load(side->given->trust, &side->trust);
    return err != OK ? err : descriptor_load(side->given->present, &side->trust, 0, &side->present);
}

static err_t open_share(struct holder_side *side) {
    err_t err = seal_passphrase(side->given->passphrase_file, "Your passphrase, of the share: ", false,
                                &side->passphrase, &side->passphrase_len);
    err = err != OK ? err
                    : share_open(side->given->share, bytes_of(side->passphrase, side->passphrase_len), &side->share);
    if (err != OK) {
        return err;
    }
    err = share_belongs(side->share, &side->present);
    if (err != OK) {
        return err_prefix(err, "%s does not belong to %s", side->given->share, side->given->present);
    }
    return holder_side_own_key(side->share, &side->trust, &side->own);
}

err_t holder_side_open(const struct holder_options *given, struct holder_side *out) {
    struct holder_side side = {.given = given};
    err_t err = open_public(&side);
    err = err != OK ? err : open_share(&side);
    if (err != OK) {
        holder_side_close(&side);
        return err;
    }
    *out = side;
    return OK;
}

void holder_side_close(struct holder_side *side) {
    secret_free(side->share);
    secret_free(side->passphrase);
    *side = (struct holder_side){0};
}

err_t holder_side_file(const struct holder_side *side, const char *kind, char out[PATH_MAX]) {
    const char *share = side->given->share, *slash = strrchr(share, '/');
    int folder = slash == NULL ? 0 : (int)(slash - share) + 1;
    int len = snprintf(out, PATH_MAX, "%.*sholder-%u.%s", folder, share, side->share->holder, kind);
    return len > 0 && len < PATH_MAX ? OK : err_set(ERR_TOO_LARGE, "the share's path is too long");
}

err_t holder_side_suffix(const struct holder_side *side, const char *suffix, char out[PATH_MAX]) {
    int len = snprintf(out, PATH_MAX, "%s%s", side->given->share, suffix);
    return len > 0 && len < PATH_MAX ? OK : err_set(ERR_TOO_LARGE, "the share's path is too long");
}
