/* SPDX-License-Identifier: Apache-2.0 */
/* rabbitmq: librabbitmq's headers, which have a folder of their own since
 * 0.11, and warn who finds them by their old names.
 * Thread: see lib/amqp/amqp_inside.h.
 * Lifetime: no state. */
#ifndef CT_RABBITMQ_H
#define CT_RABBITMQ_H

#if defined(__has_include)
#if __has_include(<rabbitmq-c/amqp.h>)
#define CT_RABBITMQ_FOLDER 1
#endif
#endif

#ifdef CT_RABBITMQ_FOLDER
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>
#include <rabbitmq-c/ssl_socket.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#endif

#endif
