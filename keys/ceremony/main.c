// SPDX-License-Identifier: Apache-2.0
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/options.h"
#include "base/secret.h"
#include "keys/ceremony/ceremony.h"

#define EXIT_NOT_DONE 2
#define SECURE_HEAP_SIZE (64 * 1024) // private keys in OpenSSL
#define SECURE_HEAP_LEAST 32

static const struct subcommand subcommands[] = {
    {"init", ceremony_init, "make a scheme: its CA and its signing key"},
    {"deal", ceremony_deal, "deal the token key among the key holders and sign the descriptor"},
    {"cosign", ceremony_cosign, "add a key holder's signature to a descriptor"},
    {"redescribe", ceremony_redescribe, "sign the next version of the descriptor: other addresses, a later end"},
    {"inbox", ceremony_inbox, "open a key holder's inbox for a refresh"},
    {"contribute", ceremony_contribute, "give a key holder's part to a refresh"},
    {"refresh", ceremony_refresh, "sign the descriptor of the next generation: new shares of the same key"},
    {"rotate", ceremony_rotate, "make a new key: a new epoch, both in use until every feed has moved"},
    {"accept", ceremony_accept, "make a key holder's next share, and sign its descriptor"},
    {"destroy", ceremony_destroy, "destroy a key holder's shares for good, and verify the receipts"},
    {"issue", ceremony_issue, "issue a certificate"},
    {"roster", ceremony_roster, "say who may take part: add, remove, suspend, resume, renew, show"},
    {"describe", ceremony_describe, "verify and explain trust file, descriptor and roster"},
};

// Keys pass through this process: no core dump, and OpenSSL's private keys in locked memory like our own.
static err_t start(void) {
    err_t err = secret_start();
    err = err != OK ? err : secret_forbid_core_dumps();
    if (err == OK && CRYPTO_secure_malloc_init(SECURE_HEAP_SIZE, SECURE_HEAP_LEAST) != 1) {
        err = err_set(ERR_MEMORY, "no memory that can be locked (see ulimit -l)");
    }
    return err;
}

int main(int argc, char **argv) {
    err_t err = start();
    if (err != OK) {
        fprintf(stderr, "ceremony: not done: %s: %s\n", err_text(err), err_detail());
        return EXIT_NOT_DONE;
    }
    return subcommands_run(argc, argv, "ceremony",
                           "Makes and keeps a Signpost scheme, on the authority's offline machine.", subcommands,
                           sizeof subcommands / sizeof *subcommands, EXIT_NOT_DONE);
}
