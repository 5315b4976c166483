<?php
// SPDX-License-Identifier: Apache-2.0
// What a controller of Laravel answers.
require_once 'Illuminate/Http/autoload.php';

(new Illuminate\Http\Response('', isset($_GET['fail']) ? 422 : 201))
    ->header('Crosstown', 'mail;to=42')->send();
