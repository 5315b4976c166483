<?php
/* SPDX-License-Identifier: Apache-2.0
 * Plugin Name: Mail after the page
 * Description: wp_mail() puts the mail aside; mod_crosstown has it sent when
 * the page has gone out. For wp-content/mu-plugins, beside crosstown.php.
 *
 * Where that cannot be, WordPress sends it as ever: no CrosstownAccept here,
 * the head of the page has gone out, files are attached (they may be gone by
 * then), the page has asked for as many tasks as fit, or WordPress is just
 * being installed and keeps nothing aside. */
require_once __DIR__ . '/crosstown.php';

add_filter('pre_wp_mail', function ($sent, $mail) {
    static $asked = 0;
    $accepted = explode(',', $_SERVER['CROSSTOWN'] ?? '');
    if ($sent !== null || $mail['attachments'] || headers_sent()
            || wp_installing() || !in_array('mail', $accepted, true) || $asked >= 16) {
        return $sent;
    }
    $key = 'crosstown_mail_' . bin2hex(random_bytes(16));
    if (!set_transient($key, $mail, DAY_IN_SECONDS)) {
        return $sent;
    }
    $asked++;
    header('Crosstown: ' . crosstown_item('mail', ['key' => $key]), false);
    return true;
}, 10, 2);
