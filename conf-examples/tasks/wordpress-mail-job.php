<?php
/* SPDX-License-Identifier: Apache-2.0
 * The work behind the task `mail` of wordpress.conf: sends what
 * wordpress-mail.php has put aside. Usage: wordpress-mail-job.php SITE */
parse_str(stream_get_contents(STDIN), $job);
$_SERVER['HTTP_HOST'] = $_SERVER['SERVER_NAME'] = getenv('CROSSTOWN_HOST');
require $argv[1] . '/wp-load.php';

$mail = get_transient($job['key']);
if (!$mail) {
    fwrite(STDERR, "no mail of this key: {$job['key']}\n");
    exit(1);
}
if (!wp_mail($mail['to'], $mail['subject'], $mail['message'], $mail['headers'])) {
    fwrite(STDERR, "not sent: {$mail['subject']}\n");
    exit(75);   // may be tried again
}
delete_transient($job['key']);
