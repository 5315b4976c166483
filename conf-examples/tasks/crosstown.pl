# SPDX-License-Identifier: Apache-2.0
# print 'Crosstown: ', crosstown_item('mail', to => 42), "\n";
# Values may come from anybody: they cannot become anything but values.
use strict;
use warnings;
use MIME::Base64 ();

sub crosstown_item {
    my ($task, @fields) = @_;
    while (my ($key, $value) = splice @fields, 0, 2) {
        utf8::encode($value) if utf8::is_utf8($value);
        if ($value !~ /\A(?:0|-?[1-9][0-9]{0,14})\z/) {
            $value = $value =~ /\A[\x20-\x7e]*\z/
                ? '"' . $value =~ s/(["\\])/\\$1/gr . '"' : ':' . MIME::Base64::encode_base64($value, '') . ':';
        }
        $task .= ";$key=$value";
    }
    return $task;
}

1;
