namespace Unit.Monitoring;

/// <summary>The dashboards. What Grafana reads is made of this: <c>ACCEPT_MONITORING=1 ./test.sh Unit.Monitoring</c>.</summary>
internal static class Dashboards
{
    private const string Rate = "[$__rate_interval]";

    // Where there was nothing lately a quantile is no number.
    private const string Recent = "Of the last five minutes; where there was nothing in them, since the processes started.";
    private const string Duration = "http_server_request_duration_seconds";

    public static IReadOnlyList<Dashboard> All { get; } =
    [
        new("overview", "Overview", OverviewRows()),
        new("sync", "Sync", [.. SyncRows(), Process("sync"), Database("sync")]),
        new("providers", "Providers and budgets", ProviderRows()),
        new("live", "Live and deliveries", LiveRows()),
        new("prices", "Prices", PriceRows()),
        new("messaging", "Messaging", MessagingRows()),
        new("gateway", "Gateway", [.. GatewayRows(), Process("gateway")]),
        new("wallets", "Wallets", [Http("wallets"), WalletsRow(), Process("wallets"), Database("wallets")]),
        new("portfolio", "Portfolio", [Http("portfolio"), PortfolioRow(), Process("portfolio"), Database("portfolio")]),
    ];

    private static Row[] OverviewRows() =>
    [
        new("Is it well?",
            Number("Services that answer", "short", """sum by (job) (up{job=~"gateway|wallets|sync|portfolio"})""", "{{job}}"),
            Number("Alerts that fire", "short", """count(ALERTS{alertstate="firing"}) or vector(0)"""),
            Number("Requests a second", "reqps", $$"""sum(rate({{Duration}}_count{job="gateway"}{{Rate}}))"""),
            Number("Failed (5xx)", "percentunit", $$"""
                (sum(rate({{Duration}}_count{job="gateway", http_response_status_code=~"5.."}[5m])) or vector(0))
                  / sum(rate({{Duration}}_count{job="gateway"}[5m]))
                """),
            Number("Addresses due", "short", "sum(max by (network, priority) (sync_queue_length))"),
            Number("The first of them since", "s", "max(sync_queue_age_seconds)"),
            Lines("Alerts that fire, by name", "short",
                """sum by (alertname) (ALERTS{alertstate="firing"}) or label_replace(vector(0), "alertname", "none", "", "")""", "{{alertname}}"),
            Lines("Requests by status", "reqps", $$"""sum by (http_response_status_code) (rate({{Duration}}_count{job="gateway"}{{Rate}}))""",
                "{{http_response_status_code}}"),
            Lines("How long requests take", "s", Quantile("0.5", $$"""{{Duration}}_bucket{job="gateway"}"""), "half of them",
                Quantile("0.99", $$"""{{Duration}}_bucket{job="gateway"}"""), "99 of 100")),
        new("What waits, and why?",
            Lines("Addresses due, by network", "short", "sum by (network) (max by (network, priority) (sync_queue_length))", "{{network}}",
                "sum(max by (network) (sync_deferred))", "wait for their next try"),
            Lines("Slices that wait for a provider, by failure", "short",
                "sum by (failure) (increase(sync_slice_failures_total[5m]))", "{{failure}}"),
            Lines("Providers that refuse", "short", "sum by (network, provider) (increase(sync_provider_refusals_total[5m]))",
                "{{provider}} ({{network}})"),
            Lines("How far behind who publishes and who hears is", "s", "max by (job) (messaging_publisher_behind_seconds)", "{{job}} publishes",
                "max by (job, source) (messaging_inbox_behind_seconds)", "{{job}} hears {{source}}"),
            Lines("Messages given up", "short", "sum by (job) (increase(messaging_messages_deadlettered_total[1h]))", "{{job}}"),
            Lines("Messages held back while something is away", "short", "sum by (job) (messaging_endpoints_paused)", "{{job}}")),
        new("What is done",
            Lines("Sync runs that ended, in an hour", "short", "sum by (outcome) (increase(sync_runs_total[1h]))", "{{outcome}}"),
            Lines("Transactions found", "short", $"sum by (network) (rate(sync_transactions_total{Rate}))", "{{network}}"),
            Lines("Memory", "bytes", "sum by (job) (dotnet_process_memory_working_set_bytes)", "{{job}}")),
    ];

    private static Row[] SyncRows() =>
    [
        new("What waits",
            Lines("Addresses due", "short", "max by (network, priority) (sync_queue_length)", "{{network}} {{priority}}"),
            Lines("Since when the first of them is due", "s", "max by (network, priority) (sync_queue_age_seconds)", "{{network}} {{priority}}"),
            Lines("Addresses that wait for their next try", "short", "max by (network) (sync_deferred)", "{{network}}")),
        new("Runs and slices",
            Lines("Runs that ended, in an hour", "short", "sum by (trigger, outcome) (increase(sync_runs_total[1h]))", "{{trigger}} {{outcome}}"),
            Lines("From import to verified", "s", """
                histogram_quantile(0.5, sum by (le) (sync_time_to_verified_seconds_bucket))
                """, "half of them", "histogram_quantile(0.95, sum by (le) (sync_time_to_verified_seconds_bucket))", "95 of 100")
                with { Help = "Of all addresses since the processes started." },
            Lines("Slices", "short", $"sum by (outcome) (rate(sync_slices_total{Rate}))", "{{outcome}}"),
            Lines("How long slices take", "s", Quantile("0.5", "sync_slice_duration_seconds_bucket"), "half of them",
                Quantile("0.95", "sync_slice_duration_seconds_bucket"), "95 of 100")
                with { Help = Recent },
            Lines("Pages", "short", $"sum by (network) (rate(sync_pages_total{Rate}))", "{{network}}",
                $"sum(rate(sync_pages_apart_total{Rate}))", "that did not adjoin"),
            Lines("Transactions found", "short", $"sum by (network) (rate(sync_transactions_total{Rate}))", "{{network}}")),
        new("Whether it is true",
            Lines("Mismatches, in an hour", "short", "sum by (network) (increase(sync_mismatches_total[1h]))", "{{network}}"),
            Lines("Cross-checks, in an hour", "short", "sum by (outcome) (increase(sync_cross_checks_total[1h]))", "{{outcome}}"),
            Lines("Told otherwise than before, in an hour", "short", "sum(increase(sync_transactions_disputed_total[1h]))", "transactions",
                "sum(increase(sync_assets_renamed_total[1h]))", "descriptions of assets")),
    ];

    private static Row[] ProviderRows() =>
    [
        new("Requests",
            Lines("Requests", "reqps", $"sum by (network, provider) (rate(sync_provider_calls_total{Rate}))", "{{provider}} ({{network}})"),
            Lines("What came back", "reqps", $"sum by (outcome) (rate(sync_provider_calls_total{Rate}))", "{{outcome}}"),
            Lines("How long answers take (95 of 100)", "s",
                Quantile("0.95", "sync_provider_latency_seconds_bucket", "provider"), "{{provider}}") with { Help = Recent },
            Lines("Bytes of answers", "Bps", $"sum by (provider) (rate(sync_provider_bytes_total{Rate}))", "{{provider}}"),
            Lines("Found in the cache", "short", $$"""sum by (kind) (rate(sync_cache_lookups_total{outcome="hit"}{{Rate}}))""", "{{kind}}"),
            Lines("Not found in the cache", "short", $$"""sum by (kind) (rate(sync_cache_lookups_total{outcome="miss"}{{Rate}}))""", "{{kind}}")),
        new("Who does not answer",
            Lines("Refusals, in 15 minutes", "short", "sum by (network, provider) (increase(sync_provider_refusals_total[15m]))",
                "{{provider}} ({{network}})"),
            Lines("Circuits that are open", "short", "max by (network, provider) (sync_provider_circuits_open)", "{{provider}} ({{network}})"),
            Lines("Rounds that another went on with, in 15 minutes", "short",
                "sum by (provider, failure) (increase(sync_provider_switches_total[15m]))", "{{provider}}: {{failure}}"),
            Lines("Untrue, in an hour", "short", "sum by (network, provider) (increase(sync_provider_contradictions_total[1h]))",
                "{{provider}} ({{network}})"),
            Lines("Cross-checks that differ, in an hour", "short",
                """sum by (network, provider) (increase(sync_cross_checks_total{outcome="differs"}[1h]))""", "{{provider}} ({{network}})")),
        new("Budgets",
            Lines("Left", "short", "min by (budget, window) (sync_provider_budget_left)", "{{budget}}, {{window}}"),
            Lines("Part that is left", "percentunit",
                "min by (budget, window) (sync_provider_budget_left / sync_provider_budget_limit)", "{{budget}}, {{window}}"),
            Lines("What the month comes to", "short", "max by (budget) (sync_provider_budget_projected)", "{{budget}}",
                """max by (budget) (sync_provider_budget_limit{window="month"})""", "{{budget}}: limit"),
            Lines("Requests not sent for want of budget", "short", $"sum by (budget, window) (rate(sync_provider_budget_waits_total{Rate}))",
                "{{budget}}, {{window}}")),
    ];

    private static Row[] LiveRows() =>
    [
        new("Blocks",
            Lines("Followers behind a provider's tip, blocks", "short",
                "max by (network) (sync_follower_tip) - max by (network) (sync_follower_height)", "{{network}}"),
            Lines("Since when no block was taken", "s", "min by (network) (sync_follower_age_seconds)", "{{network}}"),
            Lines("Since when a follower was not at the tip", "s", "min by (network) (sync_follower_behind_seconds)", "{{network}}"),
            Lines("Followers that are late", "short", "max by (network) (sync_follower_late)", "{{network}}"),
            Lines("Blocks taken", "short", $"sum by (network, way) (rate(sync_follower_blocks_total{Rate}))", "{{network}} {{way}}"),
            Lines("Checks that blocks and the mempool asked for", "short", $"sum by (network) (rate(sync_follower_checks_total{Rate}))",
                "{{network}}"),
            Lines("Reorganisations, in a day, and the depth of most", "short",
                "sum by (network) (increase(sync_follower_reorganisation_depth_count[1d]))", "{{network}}",
                Quantile("0.95", "sync_follower_reorganisation_depth_bucket"), "95 of 100, blocks")
                with { Help = Recent },
            Lines("Looks that failed, and feeds of blocks that fell silent", "short",
                "sum by (network) (increase(sync_follower_failures_total[15m]))", "{{network}}: failed",
                "sum by (network, provider) (increase(sync_follower_push_silences_total[15m]))", "{{provider}} ({{network}}): silent"),
            Lines("Transactions that waited for a block, in an hour", "short",
                "sum by (network, outcome) (increase(sync_pending_transactions_total[1h]))", "{{network}} {{outcome}}")),
        new("What is told",
            Lines("Messages told", "short", $"sum by (type) (rate(portfolio_feed_messages_total{Rate}))", "{{type}}"),
            Lines("What may have to be told and was not looked at", "short", "max(portfolio_feed_waiting)", "waiting"),
            Lines("Since when the first of it waits", "s", "max(portfolio_feed_age_seconds)", "longest"),
            Lines("Deposits on their way", "short", "max by (status) (portfolio_deposits_open)", "{{status}}",
                "max(portfolio_deposits_importing)", "addresses whose history is taken in"),
            Lines("Rounds that failed, and messages emptied, in an hour", "short", "sum(increase(portfolio_feed_failures_total[1h]))", "failed",
                "sum(increase(portfolio_feed_redacted_total[1h]))", "emptied")),
        new("Clients",
            Lines("Streams open", "short", "sum by (channel) (portfolio_feed_clients)", "{{channel}}"),
            Lines("Messages sent", "short", $"sum by (channel) (rate(portfolio_feed_sent_total{Rate}))", "{{channel}}"),
            Lines("From storing to sending", "s", Quantile("0.5", "portfolio_feed_lag_seconds_bucket"), "half of them",
                Quantile("0.99", "portfolio_feed_lag_seconds_bucket"), "99 of 100") with { Help = Recent },
            Lines("Closed as too slow, and refused, in an hour", "short",
                "sum by (channel) (increase(portfolio_feed_slow_closes_total[1h]))", "{{channel}}: slow",
                "sum by (channel) (increase(portfolio_feed_refused_total[1h]))", "{{channel}}: refused"),
            Lines("Positions that were none of the feed, in an hour", "short", "sum by (reason) (increase(portfolio_feed_resets_total[1h]))",
                "{{reason}}"),
            Lines("Ended by the gateway, in an hour", "short", "sum by (why) (increase(gateway_streams_ended_total[1h]))", "{{why}}")),
        new("Webhooks",
            Lines("Messages sent, by what came of it", "short", $"sum by (outcome) (rate(webhooks_attempts_total{Rate}))", "{{outcome}}"),
            Lines("How long endpoints take", "s", Quantile("0.5", "webhooks_latency_seconds_bucket"), "half of them",
                Quantile("0.95", "webhooks_latency_seconds_bucket"), "95 of 100") with { Help = Recent },
            Lines("Messages in line", "short", "max by (lane) (webhooks_waiting)", "{{lane}}"),
            Lines("How long the first of them has been due", "s", "max by (lane) (webhooks_overdue_seconds)", "{{lane}}"),
            Lines("Endpoints", "short", "max by (state) (webhooks_endpoints)", "{{state}}"),
            Lines("Endpoints disabled, in an hour", "short", "sum(increase(webhooks_disabled_total[1h]))", "disabled")),
    ];

    private static Row[] PriceRows() =>
    [
        new("What is priced?",
            Number("Assets held without a price", "short", """max(prices_assets{state="unpriced"}) or vector(0)"""),
            Number("The oldest latest price", "s", "max(prices_latest_age_seconds) or vector(0)"),
            Number("Closings that are missing", "short", "max(prices_closings_missing) or vector(0)"),
            Number("The euro's newest rates", "s", "max(prices_rates_age_seconds) or vector(0)"),
            Lines("Assets that somebody holds", "short", "max by (state) (prices_assets)", "{{state}}"),
            Lines("How old the oldest latest price is", "s", "max(prices_latest_age_seconds) or vector(0)", "oldest"),
            Lines("Closings that are missing", "short", "max(prices_closings_missing) or vector(0)", "days of assets"),
            Lines("Rounds that failed, in an hour", "short", "sum by (work) (increase(prices_failures_total[1h]))", "{{work}}")),
        new("Sources",
            Lines("Requests", "reqps", $"sum by (provider) (rate(prices_provider_calls_total{Rate}))", "{{provider}}"),
            Lines("What came back", "reqps", $"sum by (outcome) (rate(prices_provider_calls_total{Rate}))", "{{outcome}}"),
            Lines("How long answers take (95 of 100)", "s",
                Quantile("0.95", "prices_provider_latency_seconds_bucket", "provider"), "{{provider}}") with { Help = Recent },
            Lines("Bytes of answers", "Bps", $"sum by (provider) (rate(prices_provider_bytes_total{Rate}))", "{{provider}}"),
            Lines("Refusals, in 15 minutes", "short", "sum by (provider) (increase(prices_provider_refusals_total[15m]))", "{{provider}}"),
            Lines("Circuits that are open", "short", "max by (provider) (prices_provider_circuits_open)", "{{provider}}")),
        new("Budgets of sources",
            Lines("Left", "short", "min by (budget, window) (prices_provider_budget_left) or vector(0)", "{{budget}}, {{window}}"),
            Lines("Part that is left", "percentunit",
                "min by (budget, window) (prices_provider_budget_left / prices_provider_budget_limit) or vector(0)", "{{budget}}, {{window}}"),
            Lines("What the month comes to", "short", "max by (budget) (prices_provider_budget_projected) or vector(0)", "{{budget}}"),
            Lines("Requests not sent for want of budget", "short",
                $"sum by (budget, window) (rate(prices_provider_budget_waits_total{Rate})) or vector(0)", "{{budget}}, {{window}}")),
    ];

    private static Row[] MessagingRows()
    {
        const string bus = "messaging_masstransit";
        return
        [
            new("From the log to the broker, and to who hears it",
                Lines("Publisher: behind", "s", "max by (job) (messaging_publisher_behind_seconds)", "{{job}}"),
                Lines("Publisher: positions not read", "short", "max by (job) (messaging_publisher_lag)", "{{job}}"),
                Lines("Who publishes", "short", """sum by (job) (messaging_lease_held{lease="contract-publisher"})""", "{{job}}"),
                Lines("Inboxes: behind", "s", "max by (job, source) (messaging_inbox_behind_seconds)", "{{job}} hears {{source}}"),
                Lines("Inboxes: positions not read", "short", "max by (job, source) (messaging_inbox_lag)", "{{job}} hears {{source}}"),
                Lines("Inboxes that stand still", "short", "max by (job, source) (messaging_inbox_blocked)", "{{job}} hears {{source}}"),
                Lines("Contracts published", "short", $"sum by (job) (rate(messaging_contracts_published_total{Rate}))", "{{job}}"),
                Lines("Contracts applied", "short", $"sum by (job, source, way) (rate(messaging_contracts_applied_total{Rate}))",
                    "{{job}} from {{source}} by {{way}}"),
                Lines("Contracts that did not follow, or came again", "short",
                    $"sum by (job) (rate(messaging_inbox_gaps_total{Rate}))", "{{job}}: gaps",
                    $"sum by (job) (rate(messaging_contracts_skipped_total{Rate}))", "{{job}}: skipped")),
            new("Consumers",
                Lines("Messages", "short", $"sum by ({bus}_consumer_type) (rate({bus}_consume_ea_total{Rate}))", "{{" + bus + "_consumer_type}}"),
                Lines("How long they take (95 of 100)", "ms",
                    Quantile("0.95", $"{bus}_consume_duration_milliseconds_bucket", $"{bus}_consumer_type"), "{{" + bus + "_consumer_type}}")
                    with { Help = Recent },
                Lines("Sagas", "short", $"sum by ({bus}_service) (rate({bus}_saga_ea_total{Rate}))", "messages",
                    $"sum by (saga) (rate(messaging_sagas_woken_total{Rate}))", "woken: {{saga}}"),
                Lines("Messages sent", "short", $"sum by (job) (rate({bus}_send_ea_total{Rate}))", "{{job}}"),
                Lines("Failures and tries again", "short", $"sum(rate({bus}_consume_errors_ea_total{Rate})) or vector(0)", "failures",
                    $"sum(rate({bus}_consume_retries_ea_total{Rate})) or vector(0)", "tries again"),
                Lines("Held back while something is away", "short", "sum by (queue) (messaging_endpoints_paused)", "{{queue}}")),
            new("Queues of the broker",
                Lines("Ready", "short", """sum by (queue) (rabbitmq_detailed_queue_messages_ready{queue!~".+-dead"})""", "{{queue}}"),
                Lines("In hand", "short", """sum by (queue) (rabbitmq_detailed_queue_messages_unacked{queue!~".+-dead"})""", "{{queue}}"),
                Lines("Consumers", "short", """sum by (queue) (rabbitmq_detailed_queue_consumers{queue!~".+-dead"})""", "{{queue}}"),
                Lines("Dead letters that lie there", "short",
                    """sum by (queue) (rabbitmq_detailed_queue_messages_ready{queue=~".+-dead"})""", "{{queue}}"),
                Lines("Given up, in an hour", "short", "sum by (queue) (increase(messaging_messages_deadlettered_total[1h]))", "{{queue}}")),
        ];
    }

    private static Row[] GatewayRows() =>
    [
        Http("gateway"),
        new("Limits",
            Lines("Refused: the key's allowance", "reqps", $"sum(rate(gateway_rate_limited_total{Rate}))", "refused"),
            Lines("Keys that are not good", "reqps", $"sum(rate(gateway_failed_keys_total{Rate}))", "looked up",
                $"sum(rate(gateway_failed_keys_refused_total{Rate}))", "refused unseen"),
            Lines("People who log in, in an hour", "short", "sum by (outcome) (increase(gateway_log_ins_total[1h]))", "{{outcome}}"),
            Lines("Looks at shares, in an hour", "short", "sum by (kind) (increase(portfolio_shared_total[1h]))", "{{kind}}"),
            Lines("Connections", "short", """sum by (server_port) (kestrel_active_connections{job="gateway"})""", "port {{server_port}}")),
        new("Services behind it",
            Lines("Requests passed on", "reqps",
                $$"""sum by (server_address, server_port) (rate(http_client_request_duration_seconds_count{job="gateway"}{{Rate}}))""",
                "{{server_address}}:{{server_port}}"),
            Lines("How long they take (95 of 100)", "s",
                Quantile("0.95", """http_client_request_duration_seconds_bucket{job="gateway"}""", "server_address, server_port"),
                "{{server_address}}:{{server_port}}") with { Help = Recent },
            Lines("Answers by status", "reqps",
                $$"""sum by (http_response_status_code) (rate(http_client_request_duration_seconds_count{job="gateway"}{{Rate}}))""",
                "{{http_response_status_code}}")),
    ];

    private static Row WalletsRow() => new("Wallets",
        Lines("Events", "short", $$"""sum(rate(eventsourcing_events_appended_total{job="wallets"}{{Rate}}))""", "events",
            $$"""sum(rate(eventsourcing_appends_total{job="wallets"}{{Rate}}))""", "transactions"),
        Lines("Deleted wallets that are not erased yet", "short", "max(wallets_erasures_waiting)", "wallets"),
        Lines("Since when the first of them waits", "s", "max(wallets_erasures_age_seconds)", "longest"),
        Lines("Erasures, in an hour", "short", "sum(increase(wallets_erasures_completed_total[1h]))", "completed",
            "sum(increase(wallets_erasures_postponed_total[1h]))", "postponed"),
        Lines("Publisher: behind", "s", """max(messaging_publisher_behind_seconds{job="wallets"})""", "wallets"),
        Lines("Addresses derived from whole wallets' keys, in an hour", "short", "sum(increase(wallets_sources_addresses_total[1h]))", "addresses"),
        Lines("Whole wallets with addresses to derive", "short", "max(wallets_sources_waiting)", "sources"),
        Lines("Since when the first of them waits", "s", "max(wallets_sources_age_seconds)", "longest"),
        Lines("Imports that are not finished", "short", "max(wallets_imports_open)", "imports"),
        Lines("Since when the first import waits", "s", "max(wallets_imports_age_seconds)", "longest"),
        Lines("Imported rows, by their verdict", "short", $"sum by (verdict) (rate(wallets_imports_rows_total{Rate}))", "{{verdict}}"),
        Lines("Tables sent and imports finished, in an hour", "short", "sum by (outcome) (increase(wallets_imports_files_total[1h]))", "{{outcome}}",
            "sum(increase(wallets_imports_finished_total[1h]))", "finished"));

    private static Row PortfolioRow() => new("Read model",
        Lines("Behind", "s", """max by (source) (messaging_inbox_behind_seconds{job="portfolio"})""", "{{source}}"),
        Lines("Positions not read", "short", """max by (source) (messaging_inbox_lag{job="portfolio"})""", "{{source}}"),
        Lines("Contracts applied", "short", $$"""sum by (source, way) (rate(messaging_contracts_applied_total{job="portfolio"}{{Rate}}))""",
            "{{source}} by {{way}}"),
        Lines("Exports that are being written", "short", "sum(portfolio_exports_running)", "exports"),
        Lines("Transactions exported", "short", $"sum by (format) (rate(portfolio_exports_rows_total{Rate}))", "{{format}}"),
        Lines("Exports that ended, in an hour", "short", "sum by (outcome) (increase(portfolio_exports_ended_total[1h]))", "{{outcome}}"));

    private static Row Http(string job) => new("Requests",
        Lines("By route", "reqps", $$"""sum by (http_request_method, http_route) (rate({{Duration}}_count{job="{{job}}"}{{Rate}}))""",
            "{{http_request_method}} {{http_route}}"),
        Lines("By status", "reqps", $$"""sum by (http_response_status_code) (rate({{Duration}}_count{job="{{job}}"}{{Rate}}))""",
            "{{http_response_status_code}}"),
        Lines("How long they take (95 of 100)", "s",
            Quantile("0.95", $$"""{{Duration}}_bucket{job="{{job}}"}""", "http_route"), "{{http_route}}")
            with
        { Help = Recent });

    private static Row Process(string job) => new("Process",
        Lines("Processor", "percentunit",
            $$"""sum by (instance) (rate(dotnet_process_cpu_time_seconds_total{job="{{job}}"}{{Rate}}))""", "{{instance}}"),
        Lines("Memory", "bytes", $$"""sum by (instance) (dotnet_process_memory_working_set_bytes{job="{{job}}"})""", "{{instance}}",
            $$"""sum by (instance) (dotnet_gc_last_collection_heap_size_bytes{job="{{job}}"})""", "{{instance}}: heap"),
        Lines("Garbage collection", "percentunit",
            $$"""sum by (instance) (rate(dotnet_gc_pause_time_seconds_total{job="{{job}}"}{{Rate}}))""", "{{instance}}"),
        Lines("Exceptions", "short",
            $$"""sum by (error_type) (rate(dotnet_exceptions_total{job="{{job}}"}{{Rate}})) or vector(0)""", "{{error_type}}"),
        Lines("Recurring work that failed, in an hour", "short",
            $$"""sum by (work) (increase(work_failures_total{job="{{job}}"}[1h])) or vector(0)""", "{{work}}"),
        Lines("Tokens refused for their times", "short",
            $$"""sum by (issuer) (increase(identity_clock_refusals_total{job="{{job}}"}[1h]))""", "{{issuer}}"));

    private static Row Database(string job) => new("Database",
        Lines("Connections", "short",
            $$"""sum by (db_client_connection_state) (db_client_connection_count{job="{{job}}"})""", "{{db_client_connection_state}}",
            $$"""sum(db_client_connection_max{job="{{job}}"})""", "most"),
        Lines("Commands", "short", $$"""sum(rate(db_client_operation_duration_seconds_count{job="{{job}}"}{{Rate}}))""", "commands"),
        Lines("How long commands take", "s", Quantile("0.5", $$"""db_client_operation_duration_seconds_bucket{job="{{job}}"}"""), "half of them",
            Quantile("0.99", $$"""db_client_operation_duration_seconds_bucket{job="{{job}}"}"""), "99 of 100"));

    private static string Quantile(string q, string buckets, string by = "")
    {
        var labels = by == "" ? "le" : $"le, {by}";
        return $"histogram_quantile({q}, sum by ({labels}) (rate({buckets}[5m]))) >= 0 or histogram_quantile({q}, sum by ({labels}) ({buckets}))";
    }

    private static Panel Number(string title, string unit, string expr, string legend = "") => new(title, unit, true, "", [new(expr.Trim(), legend)]);

    private static Panel Lines(string title, string unit, string expr, string legend, string? second = null, string secondLegend = "") =>
        new(title, unit, false, "", [new(expr.Trim(), legend), .. second is null ? (Query[])[] : [new(second.Trim(), secondLegend)]]);
}
