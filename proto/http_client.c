// SPDX-License-Identifier: Apache-2.0
#include "proto/http_client.h"

#include <assert.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/http_proxy.h"
#include "proto/limits.h"
#include "proto/problem.h"
#include "proto/tls.h"
#include "proto/tls_words.h"

#define KEPT_CONNECTIONS (2 * (MAX_HOLDERS + MAX_INDEXES))
#define RETRY_AFTER_MAX_S (31 * 24 * 3600)
#define POLL_MS 1000 // libcurl wakes earlier by itself

static_assert(sizeof((struct http_exchange *)0)->detail >= CURL_ERROR_SIZE, "libcurl writes its reason there");

struct http_client {
    CURLM *multi;
    SSL_CTX *model;            // holds certificate, key and CA, read once
    struct http_signer signer; // zeros: the key is the model's own
    CURL *pattern;             // with the proxy set, for every transfer to be copied from
    struct curl_slist *connect_to, *fields;
    int64_t connect_timeout_ms, timeout_ms;
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_started = CURLE_FAILED_INIT;

static void start_curl(void) {
    curl_started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static err_t append(struct curl_slist **list, const char *text) {
    struct curl_slist *longer = curl_slist_append(*list, text);
    if (longer == NULL) {
        return err_set(ERR_MEMORY, "HTTP client");
    }
    *list = longer;
    return OK;
}

// "HOST:PORT:HOST:PORT, ..." to a list.
static err_t parse_connect_to(const char *text, struct curl_slist **list) {
    char *copy = strdup(text);
    char *rest = NULL;
    err_t err = copy == NULL ? err_set(ERR_MEMORY, "connect_to") : OK;
    for (char *item = copy == NULL ? NULL : strtok_r(copy, ", ", &rest); item != NULL && err == OK;
         item = strtok_r(NULL, ", ", &rest)) {
        err = append(list, item);
    }
    free(copy);
    return err;
}

static err_t make_model(struct http_client *client, const struct http_client_settings *settings) {
    const struct tls_files files = {.ca = settings->ca, .certificate = settings->certificate, .key = settings->key};
    return client->signer.context != NULL ? client->signer.context(client->signer.ctx, &files, &client->model)
                                          : tls_client_context(&files, &client->model);
}

static err_t make_pattern(struct http_client *client, const struct http_client_settings *settings) {
    const struct http_proxy proxy = {.url = settings->proxy, .credentials = settings->proxy_credentials};
    err_t err = http_proxy_check(&proxy);
    if (err != OK) {
        return err;
    }
    client->pattern = curl_easy_init();
    return client->pattern == NULL ? err_set(ERR_MEMORY, "HTTP client") : http_proxy_apply(&proxy, client->pattern);
}

static err_t set_up(struct http_client *client, const struct http_client_settings *settings) {
    err_t err = make_pattern(client, settings);
    if (err == OK) {
        err = make_model(client, settings);
    }
    if (err == OK) {
        err = append(&client->fields, "Content-Type: application/json");
    }
    if (err == OK) {
        err = append(&client->fields, "Accept: application/json");
    }
    if (err == OK) {
        err = append(&client->fields, "Expect:"); // the daemons refuse it
    }
    if (err == OK && settings->connect_to != NULL) {
        err = parse_connect_to(settings->connect_to, &client->connect_to);
    }
    if (err != OK) {
        return err;
    }
    client->multi = curl_multi_init();
    if (client->multi == NULL ||
        curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS) != CURLM_OK) {
        return err_set(ERR_MEMORY, "HTTP client");
    }
    return OK;
}

static void free_signer(const struct http_signer *signer) {
    if (signer->free != NULL) {
        signer->free(signer->ctx);
    }
}

err_t http_client_new(const struct http_client_settings *settings, struct http_client **out) {
    const struct http_signer signer = settings->signer == NULL ? (struct http_signer){0} : *settings->signer;
    (void)pthread_once(&curl_once, start_curl);
    if (curl_started != CURLE_OK) {
        free_signer(&signer);
        return err_set(ERR_CRYPTO, "libcurl: %s", curl_easy_strerror(curl_started));
    }
    struct http_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        free_signer(&signer);
        return err_set(ERR_MEMORY, "HTTP client");
    }
    client->signer = signer;
    client->connect_timeout_ms = settings->connect_timeout_ms;
    client->timeout_ms = settings->timeout_ms;
    err_t err = set_up(client, settings);
    if (err != OK) {
        http_client_free(client);
        return err;
    }
    *out = client;
    return OK;
}

void http_client_free(struct http_client *client) {
    if (client == NULL) {
        return;
    }
    (void)curl_multi_cleanup(client->multi);
    curl_easy_cleanup(client->pattern);
    SSL_CTX_free(client->model);
    free_signer(&client->signer);
    curl_slist_free_all(client->connect_to);
    curl_slist_free_all(client->fields);
    free(client);
}

const X509 *http_client_certificate(const struct http_client *client) {
    return SSL_CTX_get0_certificate(client->model);
}

// Sets the exchange's outcome; its detail is this thread's err_detail.
static void fail(struct http_exchange *exchange, err_t err) {
    exchange->err = err;
    (void)snprintf(exchange->detail, sizeof exchange->detail, "%s", err_detail());
}

static size_t take_reply(char *data, size_t size, size_t count, void *arg) {
    struct http_exchange *exchange = arg;
    size_t len = size * count;
    if (len > MAX_REPLY - exchange->reply.len) {
        exchange->err = ERR_TOO_LARGE;
        return 0;
    }
    buf_put(&exchange->reply, data, len);
    if (exchange->reply.failed) {
        exchange->err = ERR_MEMORY;
        return 0;
    }
    return len;
}

static CURLcode apply_profile(CURL *easy, void *context, void *model) {
    (void)easy;
    return tls_client_apply(model, context) == OK ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

#define SET(option, value) (result = result == CURLE_OK ? curl_easy_setopt(easy, (option), (value)) : result)

static CURLcode set_tls(CURL *easy, struct http_client *client) {
    CURLcode result = CURLE_OK;
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3 | (long)CURL_SSLVERSION_MAX_TLSv1_3);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    // The CA comes with the model; the system's are neither read nor trusted.
    SET(CURLOPT_CAINFO, NULL);
    SET(CURLOPT_CAPATH, NULL);
    SET(CURLOPT_SSL_CTX_FUNCTION, apply_profile);
    SET(CURLOPT_SSL_CTX_DATA, client->model);
    return result;
}

static CURLcode set_request(CURL *easy, struct http_client *client, struct http_exchange *exchange, const char *url) {
    CURLcode result = CURLE_OK;
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, "https");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)client->connect_timeout_ms);
    SET(CURLOPT_TIMEOUT_MS, (long)client->timeout_ms);
    SET(CURLOPT_CONNECT_TO, client->connect_to);
    SET(CURLOPT_HTTPHEADER, client->fields);
    SET(CURLOPT_WRITEFUNCTION, take_reply);
    SET(CURLOPT_WRITEDATA, exchange);
    SET(CURLOPT_ERRORBUFFER, exchange->detail);
    SET(CURLOPT_PRIVATE, exchange);
    if (exchange->body.len > 0) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->body.len);
        SET(CURLOPT_POSTFIELDS, exchange->body.data);
    }
    return result;
}

#undef SET

static void reset(struct http_exchange *exchange) {
    *exchange = (struct http_exchange){
        .base = exchange->base, .path = exchange->path, .body = exchange->body, .reply = exchange->reply};
    buf_reset(&exchange->reply);
}

// A handle that is running, or NULL with the exchange's error set.
static CURL *start(struct http_client *client, struct http_exchange *exchange) {
    struct buf url = {0};
    reset(exchange);
    if (strncmp(exchange->base, "https://", 8) != 0) {
        fail(exchange, err_set(ERR_INPUT, "the address must begin with https://"));
        return NULL;
    }
    buf_printf(&url, "%s%s", exchange->base, exchange->path);
    const char *text = buf_str(&url);
    CURL *easy = text == NULL ? NULL : curl_easy_duphandle(client->pattern);
    CURLcode result = easy == NULL ? CURLE_OUT_OF_MEMORY : set_tls(easy, client);
    if (result == CURLE_OK) {
        result = set_request(easy, client, exchange, text);
    }
    buf_free(&url);
    if (result == CURLE_OK && curl_multi_add_handle(client->multi, easy) == CURLM_OK) {
        exchange->err = ERR_NETWORK; // until it has ended
        return easy;
    }
    curl_easy_cleanup(easy);
    fail(exchange, err_set(ERR_MEMORY, "libcurl: %s", curl_easy_strerror(result)));
    return NULL;
}

static err_t tls_failure(CURL *easy, const char *text) {
    long verdict = X509_V_OK;
    (void)curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
    if (strstr(text, "subject name") != NULL) {
        verdict = TLS_VERDICT_OTHER_HOST; // libcurl looks at the name itself, before OpenSSL's verdict
    }
    const char *why = verdict != X509_V_OK ? tls_server_verdict((int)verdict) : text;
    return err_set(ERR_TLS, "the server's certificate was refused: %s", why);
}

// The error of a transfer that failed; sets err_detail.
static err_t transfer_error(CURL *easy, CURLcode code, const struct http_exchange *exchange) {
    const char *text = exchange->detail[0] != '\0' ? exchange->detail : curl_easy_strerror(code);
    // In TLS 1.3 an alert comes after our side of the handshake, as a failed read; only libcurl's text tells which.
    const char *refusal = tls_alert_on_ours(text);
    if (refusal != NULL) {
        return err_set(ERR_TLS, "the server refused our certificate: %s", refusal);
    }
    if (strstr(text, " alert ") != NULL) {
        return err_set(ERR_TLS, "the server refused the secure connection: %s", text);
    }
    const char *proxy = http_proxy_failure(easy, code);
    if (proxy != NULL) {
        return err_set(ERR_NETWORK, "%s", proxy);
    }
    switch ((int)code) {
    case CURLE_PEER_FAILED_VERIFICATION:
        return tls_failure(easy, text);
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CLIENTCERT:
        return err_set(ERR_TLS, "our certificate: %s", text);
    case CURLE_SSL_CONNECT_ERROR:
        // Without a word of OpenSSL the connection was lost; with one, the server speaks no TLS of ours.
        return strstr(text, "routines:") != NULL ? err_set(ERR_TLS, "no secure connection: %s", text)
                                                 : err_set(ERR_NETWORK, "%s", text);
    case CURLE_WRITE_ERROR:
        return exchange->err == ERR_TOO_LARGE ? err_set(ERR_TOO_LARGE, "the reply is longer than %d bytes", MAX_REPLY)
                                              : err_set(ERR_MEMORY, "the reply");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return err_set(ERR_INPUT, "%s", text);
    case CURLE_OUT_OF_MEMORY:
        return err_set(ERR_MEMORY, "libcurl");
    default:
        return err_set(ERR_NETWORK, "%s", text);
    }
}

// Whether a refusal is for now alone, and until when. An expired roster does not mend itself, and a budget that is used
// up comes back when its server says so, or not today.
static err_t note_refusal(CURL *easy, struct http_exchange *exchange) {
    curl_off_t after_s = 0;
    err_t err = problem_read(exchange->status, buf_bytes(&exchange->reply));
    if ((exchange->status != 429 && exchange->status != 503) || err == ERR_EXPIRED) {
        return err;
    }
    (void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &after_s);
    after_s = after_s < 0 ? 0 : after_s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : after_s;
    exchange->put_off = err != ERR_BUDGET || after_s > 0;
    exchange->retry_after_ms = after_s * 1000;
    return after_s == 0 ? err : err_set(err, "%s (may be asked again in %lld s)", err_detail(), (long long)after_s);
}

static err_t reply_error(CURL *easy, struct http_exchange *exchange) {
    const char *type = NULL;
    if (exchange->status != 200) {
        return note_refusal(easy, exchange);
    }
    (void)curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    if (type == NULL || strncasecmp(type, "application/json", 16) != 0) {
        return err_set(ERR_REFUSED, "the reply is not application/json");
    }
    // libcurl takes the end of the connection for the end of a head or of a body without length.
    curl_off_t length = -1;
    (void)curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length <= 0 || (size_t)length != exchange->reply.len) {
        return err_set(ERR_NETWORK, "the reply ended early");
    }
    return OK;
}

static int64_t time_of(CURL *easy, CURLINFO which) {
    curl_off_t us = 0;
    (void)curl_easy_getinfo(easy, which, &us);
    return us;
}

static void finish(CURL *easy, CURLcode code) {
    struct http_exchange *exchange = NULL;
    long status = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &exchange);
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    exchange->status = (int)status;
    exchange->name_us = time_of(easy, CURLINFO_NAMELOOKUP_TIME_T);
    exchange->connect_us = time_of(easy, CURLINFO_CONNECT_TIME_T);
    exchange->tls_us = time_of(easy, CURLINFO_APPCONNECT_TIME_T);
    exchange->first_byte_us = time_of(easy, CURLINFO_STARTTRANSFER_TIME_T);
    exchange->total_us = time_of(easy, CURLINFO_TOTAL_TIME_T);
    err_t err = code == CURLE_OK ? reply_error(easy, exchange) : transfer_error(easy, code, exchange);
    exchange->err = OK;
    exchange->detail[0] = '\0';
    if (err != OK) {
        fail(exchange, err);
    }
}

// A handshake for which nothing was signed fails in OpenSSL's words; the signer's say more.
static void blame_signer(const struct http_signer *signer, struct http_exchange *exchange) {
    err_t lost = signer->lost != NULL && exchange->err != OK ? signer->lost(signer->ctx) : OK;
    if (lost != OK) {
        fail(exchange, lost);
    }
}

// Takes finished transfers off; the number that remains is libcurl's.
static void finish_ended(struct http_client *client) {
    int queued = 0;
    for (CURLMsg *message = NULL; (message = curl_multi_info_read(client->multi, &queued)) != NULL;) {
        if (message->msg == CURLMSG_DONE) {
            finish(message->easy_handle, message->data.result);
        }
    }
}

static CURLMcode run_all(struct http_client *client) {
    int running = 1;
    while (running > 0) {
        CURLMcode result = curl_multi_perform(client->multi, &running);
        if (result == CURLM_OK && running > 0) {
            result = curl_multi_poll(client->multi, NULL, 0, POLL_MS, NULL);
        }
        if (result != CURLM_OK) {
            return result;
        }
    }
    return CURLM_OK;
}

static bool may_ask(struct http_client *client, struct http_exchange *exchanges, size_t count) {
    err_t err = client->signer.prove == NULL ? OK : client->signer.prove(client->signer.ctx);
    if (err == OK) {
        return true;
    }
    (void)curl_multi_cleanup(client->multi); // and every connection with it
    client->multi = NULL;
    for (size_t i = 0; i < count; i++) {
        reset(&exchanges[i]);
        fail(&exchanges[i], err);
    }
    return false;
}

void http_client_run(struct http_client *client, struct http_exchange *exchanges, size_t count) {
    if (!may_ask(client, exchanges, count)) {
        return;
    }
    CURL **handles = calloc(count == 0 ? 1 : count, sizeof *handles);
    for (size_t i = 0; i < count; i++) {
        if (handles == NULL) {
            reset(&exchanges[i]);
            fail(&exchanges[i], err_set(ERR_MEMORY, "HTTP client"));
            continue;
        }
        handles[i] = start(client, &exchanges[i]);
    }
    (void)run_all(client);
    finish_ended(client);
    for (size_t i = 0; handles != NULL && i < count; i++) {
        if (handles[i] != NULL) {
            (void)curl_multi_remove_handle(client->multi, handles[i]);
            curl_easy_cleanup(handles[i]);
        }
        blame_signer(&client->signer, &exchanges[i]);
    }
    free(handles);
}

err_t http_client_one(struct http_client *client, struct http_exchange *exchange) {
    http_client_run(client, exchange, 1);
    return exchange->err == OK ? OK : err_set(exchange->err, "%s", exchange->detail);
}
