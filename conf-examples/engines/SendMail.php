<?php
// SPDX-License-Identifier: Apache-2.0
// A job of Laravel, which does not know who has put it into the queue:
// app/Jobs. In a controller:
// return response('', 201)->header('Crosstown', "mail;to={$order->id}");
namespace App\Jobs;

class SendMail
{
    // What the header says is the data. An exception: it is tried again.
    public function fire($job, array $data)
    {
        echo "a mail about order {$data['to']}\n";
        $job->delete();
    }
}
