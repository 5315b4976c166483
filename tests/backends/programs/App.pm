# SPDX-License-Identifier: Apache-2.0
package App;
use strict;
use warnings;
use Apache2::Const -compile => qw(OK);
use Apache2::RequestIO ();
use Apache2::RequestRec ();
use Apache2::RequestUtil ();
use APR::Table ();

sub handler {
    my $r = shift;
    my %query = map { my ($key, $value) = split /=/, $_, 2; $value =~ tr/+/ /;
        $value =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge; ($key, $value) } split /&/, $r->args // '';
    my $status = 200;
    $r->content_type('text/plain');
    for (grep { length } split /\|/, $query{head} // '') {
        my ($name, $value) = split /: /, $_, 2;
        if ($name eq 'Status') { $status = 0 + substr $value, 0, 3 }
        else { $r->headers_out->add($name, $value) }
    }
    return $status if $status >= 300 || $status == 204;
    $r->status($status);
    my ($read, $body) = (0, '');
    $read = $r->read($body, 1 << 20) if $r->method eq 'POST';
    $r->print('accepted: ', $r->subprocess_env('CROSSTOWN') // '-', "\nasked: ",
        $r->headers_in->get('Crosstown') // '-', "\nread: $read\n");
    if (defined $query{gate}) {
        $r->rflush;
        open my $reached, '>', "$query{gate}.reached" or die $!;
        close $reached;
        select undef, undef, undef, 0.005 until -e $query{gate};
        $r->print("the end\n");
    }
    return Apache2::Const::OK;
}

1;
