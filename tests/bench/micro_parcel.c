/* SPDX-License-Identifier: Apache-2.0 */
/* micro_parcel: what an ordinary request gives its task. See micro.h. */
#include "micro.h"

#include <stdlib.h>
#include <string.h>

static const crosstown_response_t ordinary = {
    .size = sizeof(crosstown_response_t),
    .status = 200,
    .bytes_sent = 5120,
    .received = 1700000000000000,
    .sent = 1700000000001000,
    .method = "GET",
    .uri = "/shop/articles/4711.html",
    .args = "colour=green&size=2",
    .hostname = "www.example.com",
    .client_ip = "192.0.2.17"
};

void micro_typical(micro_parcel_t *parcel)
{
    parcel->response = &ordinary;
    memset(parcel->data, 'd', sizeof(parcel->data));
}

static char *append(char *end, const char **string)
{
    size_t size = *string ? strlen(*string) + 1 : 0;

    if (size) {
        memcpy(end, *string, size);
        *string = end;
    }
    return end + size;
}

static size_t size_of(const char *string)
{
    return string ? strlen(string) + 1 : 0;
}

void *micro_copy(const micro_parcel_t *parcel, size_t head)
{
    const crosstown_response_t *from = parcel->response;
    size_t strings = size_of(from->method) + size_of(from->uri)
                     + size_of(from->args) + size_of(from->hostname)
                     + size_of(from->client_ip);
    char *block = malloc(head + sizeof(*parcel) + sizeof(*from) + strings);
    micro_parcel_t *copy = (micro_parcel_t *)(block + head);
    crosstown_response_t *response = (crosstown_response_t *)(copy + 1);
    char *end = (char *)(response + 1);

    micro_insist(block != NULL, "no memory");
    *copy = *parcel;
    *response = *from;
    copy->response = response;
    end = append(end, &response->method);
    end = append(end, &response->uri);
    end = append(end, &response->args);
    end = append(end, &response->hostname);
    append(end, &response->client_ip);
    return block;
}
