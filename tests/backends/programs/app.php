<?php
/* SPDX-License-Identifier: Apache-2.0 */
$status = 200;
header('Content-Type: text/plain');
foreach (array_filter(explode('|', $_GET['head'] ?? '')) as $line) {
    if (str_starts_with($line, 'Status: ')) {
        $status = (int)substr($line, 8);
    } else {
        header($line, false);
    }
}
http_response_code($status);
if ($status == 204 || $status == 304) {
    exit;
}
printf("accepted: %s\nasked: %s\nread: %d\n", $_SERVER['CROSSTOWN'] ?? '-',
    $_SERVER['HTTP_CROSSTOWN'] ?? '-', strlen(file_get_contents('php://input')));
if (isset($_GET['gate'])) {
    flush();
    touch($_GET['gate'] . '.reached');
    while (!file_exists($_GET['gate'])) {
        usleep(5000);
        clearstatcache();
    }
    echo "the end\n";
}
