"""What watches the watchers: alert rules for Prometheus and a board for Grafana, made from the table of troubles."""
