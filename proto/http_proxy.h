// SPDX-License-Identifier: Apache-2.0
// The proxy of an agency's network, through which a client reaches its servers by CONNECT. TLS runs inside, from the
// client to the server: the proxy sees names and lengths alone.
#ifndef PROTO_HTTP_PROXY_H
#define PROTO_HTTP_PROXY_H

#include <curl/curl.h>

#include "base/err.h"

struct http_proxy {
    const char *url;         // NULL: as HTTPS_PROXY says; "none": no proxy whatever that says; "http://host:port"
    const char *credentials; // file, 0600: "name:password"; NULL: none
};

// Refuses what cannot work: a proxy that is itself reached by TLS, a password where others may read it. ERR_INPUT.
err_t http_proxy_check(const struct http_proxy *proxy);
// Sets a handle's proxy. NO_PROXY counts in every case. Errors of file_read_secret; ERR_INPUT; ERR_MEMORY.
err_t http_proxy_apply(const struct http_proxy *proxy, CURL *easy);
// Why the proxy let a transfer fail, in words with what to do; NULL where it did not.
const char *http_proxy_failure(CURL *easy, CURLcode code);

#endif
