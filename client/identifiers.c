// SPDX-License-Identifier: Apache-2.0
#include "client/identifiers.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

// Copies letters and digits and skips spaces and hyphens. False when something else or too much stands there.
static bool compact(const char *text, char *out, size_t len) {
    size_t count = 0;
    for (; *text != '\0'; text++) {
        if (*text == ' ' || *text == '-') {
            continue;
        }
        if (!isalnum((unsigned char)*text) || count == len) {
            return false;
        }
        out[count++] = (char)toupper((unsigned char)*text);
    }
    out[count] = '\0';
    return count == len;
}

static bool all_digits(const char *text) {
    return text[strspn(text, "0123456789")] == '\0';
}

static bool nhs_check_digit_fits(const char *digits) {
    int sum = 0;
    for (int i = 0; i < 9; i++) {
        sum += (digits[i] - '0') * (10 - i);
    }
    int check = 11 - sum % 11;
    return (check == 11 ? 0 : check) == digits[9] - '0';
}

err_t nhs_number_parse(const char *text, char out[11]) {
    char digits[11];
    if (!compact(text, digits, 10) || !all_digits(digits)) {
        return err_set(ERR_INPUT, "an NHS number has 10 digits");
    }
    if (!nhs_check_digit_fits(digits)) {
        return err_set(ERR_INPUT, "the check digit does not fit: at least one digit is mistyped");
    }
    bool nobody = strspn(digits, (char[]){digits[0], '\0'}) == 10;
    memcpy(out, nobody ? "" : digits, nobody ? 1 : sizeof(digits));
    return OK;
}

static const char upn_letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ";

// The value of a character after the check letter; -1 when it cannot stand there.
static int upn_value(char c, bool last) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char *letter = strchr(upn_letters, c);
    return last && letter != NULL ? (int)(letter - upn_letters) : -1;
}

err_t upn_parse(const char *text, char out[14]) {
    char upn[14];
    if (!compact(text, upn, 13)) {
        return err_set(ERR_INPUT, "a UPN has 13 letters and digits");
    }
    int sum = 0;
    for (int i = 1; i < 13; i++) {
        int value = upn_value(upn[i], i == 12);
        if (value < 0) {
            return err_set(ERR_INPUT, "a UPN is a letter, then digits");
        }
        sum += value * (i + 1);
    }
    if (upn[0] != upn_letters[sum % 23]) {
        return err_set(ERR_INPUT, "the check letter does not fit: at least one character is mistyped");
    }
    memcpy(out, upn, sizeof(upn));
    return OK;
}

static int days_in(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

// Three numbers with one separator between them; `digits` gives the length of each as written.
static bool three_numbers(const char *text, int number[3], int digits[3]) {
    char separator = '\0';
    for (int i = 0; i < 3; i++) {
        number[i] = 0;
        for (digits[i] = 0; isdigit((unsigned char)*text) && digits[i] < 4; text++, digits[i]++) {
            number[i] = number[i] * 10 + (*text - '0');
        }
        if (i == 2 || digits[i] == 0) {
            break;
        }
        if (*text == '\0' || strchr("-/. ", *text) == NULL || (i == 1 && *text != separator)) {
            return false;
        }
        separator = *text++;
    }
    return *text == '\0' && digits[0] > 0 && digits[2] > 0;
}

err_t date_parse(const char *text, int *year, int *month, int *day) {
    int number[3] = {0};
    int digits[3] = {0};
    if (!three_numbers(text, number, digits) || digits[1] > 2) {
        return err_set(ERR_INPUT, "not a date: write 2014-03-09 or 9/3/2014");
    }
    bool iso = digits[0] == 4 && digits[2] <= 2;
    if (!iso && !(digits[2] == 4 && digits[0] <= 2)) {
        return err_set(ERR_INPUT, "not a date: the year needs four digits");
    }
    int y = number[iso ? 0 : 2];
    int m = number[1];
    int d = number[iso ? 2 : 0];
    if (y < 1850 || y > 2150 || m < 1 || m > 12 || d < 1 || d > days_in(y, m)) {
        return err_set(ERR_INPUT, "no such day in the calendar");
    }
    *year = y;
    *month = m;
    *day = d;
    return OK;
}
