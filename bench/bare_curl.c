// SPDX-License-Identifier: Apache-2.0
// The least that any client of a scheme must do: libcurl alone, with given certificates and given bodies, and no
// cryptography but TLS. `ask` measures the real client beside it.
//
//   bare_curl CA CERTIFICATE KEY CONNECT-TO URL[=FILE]... [then URL[=FILE]...]...
//
// All requests up to the next `then` run side by side; with FILE, its contents are posted as JSON. Exits 0 when every
// reply was a 200.
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUESTS_MAX 8
#define BODY_MAX 65536

struct bare {
    char **files; // CA, certificate, key
    struct curl_slist *connect_to, *fields;
    CURLM *multi;
};

struct request {
    CURL *easy;
    char url[256];
    char body[BODY_MAX];
    size_t body_len;
};

static size_t count_reply(char *data, size_t size, size_t count, void *arg) {
    (void)data, (void)arg;
    return size * count;
}

static bool read_body(const char *path, struct request *request) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    request->body_len = fread(request->body, 1, sizeof request->body, file);
    bool whole = feof(file) != 0;
    (void)fclose(file);
    return whole;
}

static bool set_up(const struct bare *bare, struct request *request) {
    CURL *easy = request->easy;
    bool ok = curl_easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_CAINFO, bare->files[0]) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_SSLCERT, bare->files[1]) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_SSLKEY, bare->files[2]) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_CONNECT_TO, bare->connect_to) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_HTTPHEADER, bare->fields) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, count_reply) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
    if (ok && request->body_len > 0) {
        ok = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)request->body_len) == CURLE_OK &&
             curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body) == CURLE_OK;
    }
    return ok;
}

static bool start(const struct bare *bare, const char *text, struct request *request) {
    const char *file = strchr(text, '=');
    size_t url_len = file == NULL ? strlen(text) : (size_t)(file - text);
    request->easy = curl_easy_init();
    (void)snprintf(request->url, sizeof request->url, "%.*s", (int)url_len, text);
    return request->easy != NULL && (file == NULL || read_body(file + 1, request)) && set_up(bare, request) &&
           curl_multi_add_handle(bare->multi, request->easy) == CURLM_OK;
}

static bool run_all(const struct bare *bare) {
    int running = 1;
    while (running > 0) {
        if (curl_multi_perform(bare->multi, &running) != CURLM_OK ||
            (running > 0 && curl_multi_poll(bare->multi, NULL, 0, 1000, NULL) != CURLM_OK)) {
            return false;
        }
    }
    return true;
}

static bool end(const struct bare *bare, struct request *request) {
    long status = 0;
    if (request->easy == NULL) {
        return true;
    }
    bool ok = curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status == 200;
    if (!ok) {
        fprintf(stderr, "bare_curl: %s: status %ld\n", request->url, status);
    }
    (void)curl_multi_remove_handle(bare->multi, request->easy);
    curl_easy_cleanup(request->easy);
    return ok;
}

// One group of requests; returns how many arguments it was, 0 when one failed.
static int run_group(const struct bare *bare, int count, char **texts) {
    static struct request requests[REQUESTS_MAX];
    int taken = 0;
    bool ok = true;
    memset(requests, 0, sizeof requests);
    while (ok && taken < count && strcmp(texts[taken], "then") != 0) {
        ok = taken < REQUESTS_MAX && start(bare, texts[taken], &requests[taken]);
        taken++;
    }
    ok = ok && run_all(bare);
    for (int i = 0; i < REQUESTS_MAX; i++) {
        ok = end(bare, &requests[i]) && ok;
    }
    return ok ? taken : 0;
}

static int run_groups(const struct bare *bare, int count, char **texts) {
    for (int at = 0; at < count; at++) { // past a `then`
        int taken = run_group(bare, count - at, texts + at);
        if (taken == 0) {
            return 2;
        }
        at += taken;
    }
    return 0;
}

int main(int argc, char **argv) {
    struct bare bare = {.files = argv + 1};
    if (argc < 6 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        fprintf(stderr, "bare_curl: CA CERTIFICATE KEY CONNECT-TO URL[=FILE]... [then URL[=FILE]...]...\n");
        return 2;
    }
    bare.multi = curl_multi_init();
    for (char *item = strtok(argv[4], ", "); item != NULL; item = strtok(NULL, ", ")) {
        bare.connect_to = curl_slist_append(bare.connect_to, item);
    }
    bare.fields = curl_slist_append(bare.fields, "Content-Type: application/json");
    bare.fields = curl_slist_append(bare.fields, "Expect:");
    int code = bare.multi == NULL ? 2 : run_groups(&bare, argc - 5, argv + 5);
    (void)curl_multi_cleanup(bare.multi);
    curl_slist_free_all(bare.connect_to);
    curl_slist_free_all(bare.fields);
    curl_global_cleanup();
    return code;
}
