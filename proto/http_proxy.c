// SPDX-License-Identifier: Apache-2.0
#include "proto/http_proxy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/secret.h"

#define CREDENTIALS_MAX 1024

static bool is_tls(const char *url) {
    return url != NULL && strncasecmp(url, "https://", 8) == 0;
}

// libcurl would check such a proxy's certificate by the scheme's CA, and show it the client's.
static err_t check_environment(void) {
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (is_tls(getenv(names[i]))) {
            return err_set(ERR_INPUT, "%s names a proxy by https://: name it by http://, TLS runs inside all the same",
                           names[i]);
        }
    }
    return OK;
}

err_t http_proxy_check(const struct http_proxy *proxy) {
    if (proxy->url == NULL) {
        return check_environment();
    }
    if (strcmp(proxy->url, "none") == 0) {
        return OK;
    }
    if (strncmp(proxy->url, "http://", 7) != 0) {
        return err_set(ERR_INPUT, "`proxy` must be none or http://HOST:PORT");
    }
    if (strchr(proxy->url, '@') != NULL) {
        return err_set(ERR_INPUT, "`proxy` holds a name or a password: put them into a file, and `proxy_credentials`");
    }
    return OK;
}

// "name:password": the first colon parts them. Splits the text.
static err_t apply_credentials(char *text, CURL *easy) {
    char *colon = strchr(text, ':');
    if (colon == NULL || colon == text) {
        return err_set(ERR_INPUT, "one line, NAME:PASSWORD, is wanted");
    }
    *colon = '\0';
    bool set = curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, text) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, colon + 1) == CURLE_OK;
    return set ? OK : err_set(ERR_MEMORY, "HTTP client");
}

static err_t load_credentials(const char *path, CURL *easy) {
    uint8_t *text = NULL;
    size_t len = 0;
    err_t err = file_read_secret(path, CREDENTIALS_MAX, true, &text, &len);
    if (err != OK) {
        return err;
    }
    err = apply_credentials((char *)text, easy);
    secret_free(text);
    return err == OK ? OK : err_prefix(err, "%s", path);
}

err_t http_proxy_apply(const struct http_proxy *proxy, CURL *easy) {
    CURLcode result = curl_easy_setopt(easy, CURLOPT_PROXYAUTH, (long)CURLAUTH_ANY);
    if (result == CURLE_OK && proxy->url != NULL) {
        result = curl_easy_setopt(easy, CURLOPT_PROXY, strcmp(proxy->url, "none") == 0 ? "" : proxy->url);
    }
    if (result != CURLE_OK) {
        return err_set(ERR_MEMORY, "libcurl: %s", curl_easy_strerror(result));
    }
    return proxy->credentials == NULL ? OK : load_credentials(proxy->credentials, easy);
}

const char *http_proxy_failure(CURL *easy, CURLcode code) {
    long status = 0;
    if (code == CURLE_COULDNT_RESOLVE_PROXY) {
        return "the proxy's name is not known here: check `proxy`, or HTTPS_PROXY";
    }
    (void)curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
    if (status == 407) {
        return "the proxy wants a name and a password, or others than it got: check `proxy_credentials`";
    }
    return status >= 300 ? "the proxy does not let us through to the server: have the scheme's addresses and ports "
                           "allowed there"
                         : NULL;
}
