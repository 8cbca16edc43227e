// SPDX-License-Identifier: Apache-2.0
#include "proto/evaluation.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "proto/urn.h"

struct number {
    const char *name;
    uint64_t value, max;
};

static err_t numbers_check(const struct number *numbers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (numbers[i].value < 1 || numbers[i].value > numbers[i].max) {
            return err_set(ERR_INPUT, "field \"%s\": must be 1 to %llu", numbers[i].name,
                           (unsigned long long)numbers[i].max);
        }
    }
    return OK;
}

static err_t elements_read(const json_t *array, uint8_t (*elements)[ELEMENT_SIZE], size_t *out_count) {
    size_t count = json_array_size(array);
    if (count < 1 || count > MAX_ELEMENTS) {
        return err_set(ERR_INPUT, "field \"elements\": must be 1 to %d", MAX_ELEMENTS);
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(array, i);
        if (!json_is_string(item) ||
            base64_decode(json_string_value(item), json_string_length(item), elements[i], ELEMENT_SIZE) != OK) {
            return err_set(ERR_INPUT, "elements[%zu]: must be %d bytes in base64", i, ELEMENT_SIZE);
        }
    }
    *out_count = count;
    return OK;
}

static void elements_put(const uint8_t (*elements)[ELEMENT_SIZE], size_t count, struct buf *out) {
    buf_put_str(out, "\"elements\":[");
    for (size_t i = 0; i < count; i++) {
        char text[BASE64_SIZE(ELEMENT_SIZE)];
        base64_encode(elements[i], ELEMENT_SIZE, text);
        buf_put(out, i == 0 ? "\"" : ",\"", i == 0 ? 1 : 2);
        buf_put(out, text, sizeof text - 1);
        buf_put(out, "\"", 1);
    }
    buf_put(out, "]", 1);
}

static err_t request_check(uint64_t epoch, uint64_t generation) {
    const struct number numbers[] = {{"epoch", epoch, MAX_EPOCH}, {"generation", generation, MAX_EPOCH}};
    return numbers_check(numbers, sizeof numbers / sizeof numbers[0]);
}

static err_t purpose_read(const char *text, bool *out) {
    *out = text != NULL;
    return text == NULL || strcmp(text, EVALUATION_SUBJECT_ACCESS) == 0
               ? OK
               : err_set(ERR_INPUT, "field \"purpose\": must be \"" EVALUATION_SUBJECT_ACCESS "\", or absent");
}

err_t evaluation_request_write(const struct evaluation_request *request, struct buf *out) {
    const struct number count = {"elements", request->count, MAX_ELEMENTS};
    err_t err = numbers_check(&count, 1);
    if (err == OK) {
        err = request_check(request->epoch, request->generation);
    }
    if (err != OK) {
        return err;
    }
    buf_printf(out, "{\"epoch\":%llu,\"generation\":%llu,", (unsigned long long)request->epoch,
               (unsigned long long)request->generation);
    if (request->subject_access) {
        buf_put_str(out, "\"purpose\":\"" EVALUATION_SUBJECT_ACCESS "\",");
    }
    elements_put(request->elements, request->count, out);
    buf_put_str(out, "}");
    return buf_check(out);
}

err_t evaluation_request_read(struct bytes text, struct evaluation_request *out) {
    json_t *document = NULL;
    err_t err = json_parse(text, &document);
    if (err != OK) {
        return err;
    }
    struct evaluation_request read = {0};
    json_t *elements = NULL;
    const char *purpose = NULL;
    const struct json_field fields[] = {
        {"epoch", JSON_FIELD_NUMBER, true, MAX_EPOCH, &read.epoch},
        {"generation", JSON_FIELD_NUMBER, true, MAX_EPOCH, &read.generation},
        {"purpose", JSON_FIELD_TEXT, false, MAX_ID, &purpose},
        {"elements", JSON_FIELD_ARRAY, true, MAX_ELEMENTS, &elements},
    };
    err = json_read(document, fields, sizeof fields / sizeof fields[0]);
    if (err == OK) {
        err = purpose_read(purpose, &read.subject_access);
    }
    if (err == OK) {
        err = request_check(read.epoch, read.generation);
    }
    if (err == OK) {
        err = elements_read(elements, read.elements, &read.count);
    }
    if (err == OK) {
        *out = read;
    }
    json_decref(document);
    return err;
}

static err_t reply_check(uint64_t holder, uint64_t epoch, uint64_t generation) {
    const struct number numbers[] = {
        {"holder", holder, MAX_HOLDERS}, {"epoch", epoch, MAX_EPOCH}, {"generation", generation, MAX_EPOCH}};
    return numbers_check(numbers, sizeof numbers / sizeof numbers[0]);
}

err_t evaluation_reply_write(const struct evaluation_reply *reply, struct buf *out) {
    const struct number count = {"elements", reply->count, MAX_ELEMENTS};
    err_t err = numbers_check(&count, 1);
    if (err == OK) {
        err = reply_check(reply->holder, reply->epoch, reply->generation);
    }
    if (err != OK) {
        return err;
    }
    buf_printf(out, "{\"holder\":%llu,\"epoch\":%llu,\"generation\":%llu,", (unsigned long long)reply->holder,
               (unsigned long long)reply->epoch, (unsigned long long)reply->generation);
    elements_put(reply->elements, reply->count, out);
    buf_put_str(out, ",\"proof\":\"");
    buf_put_base64(out, reply->proof, PROOF_SIZE);
    buf_put_str(out, "\"}");
    return buf_check(out);
}

err_t evaluation_reply_read(struct bytes text, struct evaluation_reply *out) {
    json_t *document = NULL;
    err_t err = json_parse(text, &document);
    if (err != OK) {
        return err;
    }
    struct evaluation_reply read = {0};
    json_t *elements = NULL;
    const struct json_field fields[] = {
        {"holder", JSON_FIELD_NUMBER, true, MAX_HOLDERS, &read.holder},
        {"epoch", JSON_FIELD_NUMBER, true, MAX_EPOCH, &read.epoch},
        {"generation", JSON_FIELD_NUMBER, true, MAX_EPOCH, &read.generation},
        {"elements", JSON_FIELD_ARRAY, true, MAX_ELEMENTS, &elements},
        {"proof", JSON_FIELD_BASE64, true, PROOF_SIZE, read.proof},
    };
    err = json_read(document, fields, sizeof fields / sizeof fields[0]);
    if (err == OK) {
        err = reply_check(read.holder, read.epoch, read.generation);
    }
    if (err == OK) {
        err = elements_read(elements, read.elements, &read.count);
    }
    if (err == OK) {
        *out = read;
    }
    json_decref(document);
    return err;
}

static err_t key_reply_check(const struct key_reply *reply) {
    const struct number numbers[] = {
        {"holder", reply->holder, MAX_HOLDERS},
        {"epoch", reply->epoch, MAX_EPOCH},
        {"generation", reply->generation, MAX_EPOCH},
        {"threshold", reply->threshold, MAX_HOLDERS},
        {"descriptor_version", reply->descriptor_version, MAX_VERSION},
    };
    if (!urn_id_valid(reply->scheme)) {
        return err_set(ERR_INPUT, "field \"scheme\": must be an id");
    }
    return numbers_check(numbers, sizeof numbers / sizeof numbers[0]);
}

err_t key_reply_write(const struct key_reply *reply, struct buf *out) {
    err_t err = key_reply_check(reply);
    if (err != OK) {
        return err;
    }
    buf_printf(out, "{\"scheme\":\"%s\",\"holder\":%llu,\"epoch\":%llu,\"generation\":%llu,\"threshold\":%llu,",
               reply->scheme, (unsigned long long)reply->holder, (unsigned long long)reply->epoch,
               (unsigned long long)reply->generation, (unsigned long long)reply->threshold);
    buf_put_str(out, "\"public_key\":\"");
    buf_put_base64(out, reply->public_key, ELEMENT_SIZE);
    buf_printf(out, "\",\"descriptor_version\":%llu", (unsigned long long)reply->descriptor_version);
    if (reply->previous_until != 0) {
        char until[CLOCK_TEXT_SIZE];
        clock_format(reply->previous_until, until);
        buf_printf(out, ",\"previous_until\":\"%s\"", until);
    }
    buf_put_str(out, "}");
    return buf_check(out);
}

err_t key_reply_read(struct bytes text, struct key_reply *out) {
    json_t *document = NULL;
    err_t err = json_parse(text, &document);
    if (err != OK) {
        return err;
    }
    struct key_reply read = {0};
    const char *scheme = "";
    const struct json_field fields[] = {
        {"scheme", JSON_FIELD_TEXT, true, MAX_ID, &scheme},
        {"holder", JSON_FIELD_NUMBER, true, MAX_HOLDERS, &read.holder},
        {"epoch", JSON_FIELD_NUMBER, true, MAX_EPOCH, &read.epoch},
        {"generation", JSON_FIELD_NUMBER, true, MAX_EPOCH, &read.generation},
        {"threshold", JSON_FIELD_NUMBER, true, MAX_HOLDERS, &read.threshold},
        {"public_key", JSON_FIELD_BASE64, true, ELEMENT_SIZE, read.public_key},
        {"descriptor_version", JSON_FIELD_NUMBER, true, MAX_VERSION, &read.descriptor_version},
        {"previous_until", JSON_FIELD_TIME, false, 0, &read.previous_until},
    };
    err = json_read(document, fields, sizeof fields / sizeof fields[0]);
    if (err == OK) {
        memcpy(read.scheme, scheme, strlen(scheme)); // at most MAX_ID by the table
        err = key_reply_check(&read);
    }
    if (err == OK) {
        *out = read;
    }
    json_decref(document);
    return err;
}
