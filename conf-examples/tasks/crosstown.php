<?php
/* SPDX-License-Identifier: Apache-2.0
 * header('Crosstown: ' . crosstown_item('mail', ['to' => 42]), false);
 * Values may come from anybody: they cannot become anything but values. */
function crosstown_item(string $task, array $fields = []): string
{
    foreach ($fields as $key => $value) {
        $text = is_bool($value) ? '?' . (int)$value : (string)$value;
        if (!is_bool($value) && (!is_int($value) || abs($value) > 999999999999999)) {
            $text = preg_match('/^[\x20-\x7e]*$/D', $text)
                ? '"' . addcslashes($text, '"\\') . '"' : ':' . base64_encode($text) . ':';
        }
        $task .= ";$key=$text";
    }
    return $task;
}
