<?php
// SPDX-License-Identifier: Apache-2.0
// usage: php laravel_app.php PORT DB PREFIX
// What `artisan queue:work redis` runs, without an application around it.
// Notes what it is called with.
require_once 'Illuminate/autoload.php';
require_once 'SendMail.php';

use Illuminate\Container\Container;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Events\Dispatcher;
use Illuminate\Queue\Capsule\Manager;
use Illuminate\Queue\Worker;
use Illuminate\Queue\WorkerOptions;
use Illuminate\Redis\RedisManager;

function note($job, $data)
{
    file_put_contents('ran', json_encode([$job->getJobId(), $data]) . "\n",
                      FILE_APPEND);
}

class EchoJob
{
    public function fire($job, $data)
    {
        note($job, $data);
        $job->delete();
    }
}

class Fails
{
    public function fire($job, $data)
    {
        note($job, $data);
        if ($job->attempts() < 2) {
            throw new RuntimeException('not yet');
        }
        $job->delete();
    }
}

class Tell implements ExceptionHandler
{
    public function report(Throwable $e) { fwrite(STDERR, "$e\n"); }
    public function shouldReport(Throwable $e) { return true; }
    public function render($request, Throwable $e) { }
    public function renderForConsole($output, Throwable $e) { }
}

[, $port, $db, $prefix] = $argv;
$app = new Container;
Container::setInstance($app);
$app->instance('events', new Dispatcher($app));
$app->instance('redis', new RedisManager($app, 'phpredis', [
    'options' => ['prefix' => $prefix],
    'default' => ['host' => '127.0.0.1', 'port' => $port, 'database' => $db],
]));
$queues = new Manager($app);
$queues->getQueueManager()->addConnector('redis', function () use ($app) {
    return new Illuminate\Queue\Connectors\RedisConnector($app['redis']);
});
$queues->addConnection(['driver' => 'redis', 'queue' => 'default',
    'connection' => 'default', 'retry_after' => 90]);
$worker = new Worker($queues->getQueueManager(), $app['events'], new Tell,
                     function () { return false; });
$options = new WorkerOptions;
$options->sleep = 0.05;
$worker->daemon('default', 'default', $options);
