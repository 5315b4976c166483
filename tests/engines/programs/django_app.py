# SPDX-License-Identifier: Apache-2.0
"""usage: django_app.py PORT. A view of Django."""

import sys
import wsgiref.simple_server

import django.conf
import django.core.wsgi
import django.http
import django.urls

django.conf.settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])


def order(request):
    response = django.http.HttpResponse(
        status=422 if "fail" in request.GET else 201)
    response["Crosstown"] = "mail;to=%d" % 42
    return response


urlpatterns = [django.urls.path("orders", order)]
wsgiref.simple_server.make_server(
    "127.0.0.1", int(sys.argv[1]),
    django.core.wsgi.get_wsgi_application()).serve_forever()
