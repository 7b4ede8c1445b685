#!/bin/sh
# Start one process of the site in its container: boot.sh [web|worker|mail|scheduler], or any command of manage.py.
set -eu
# Files that the site creates are readable by its user only.
umask 077
cd "$(dirname "$0")"
PATH="$PWD/.venv/bin:$PATH"
# gunicorn rejects an empty value.
if [ -z "${WEB_CONCURRENCY:-}" ]; then unset WEB_CONCURRENCY; fi

case "${1:-web}" in
web) set -- python -m gunicorn --config microblog/gunicorn.conf.py microblog.wsgi ;;
worker) set -- nice -n 5 python manage.py rqworker microblog-tasks ;;
mail) set -- python manage.py rqworker microblog-mail ;;
scheduler) set -- python manage.py rqcron microblog.schedule ;;
alive) exec python -m scripts.alive ;;
*) exec python manage.py "$@" ;;
esac

trap 'exit 143' TERM INT
until python manage.py migrate_once; do
    echo "Upgrade command failed, retrying in 5 secs..."
    sleep 5
done
exec "$@"
