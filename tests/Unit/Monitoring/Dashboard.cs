using System.Text.Json.Nodes;

namespace Unit.Monitoring;

/// <summary>One query of a panel, and how its series are called.</summary>
internal sealed record Query(string Expr, string Legend = "");

/// <summary>A panel: a number, or lines over time.</summary>
internal sealed record Panel(string Title, string Unit, bool IsNumber, string Help, Query[] Queries)
{
    public int Width => IsNumber ? 4 : 8;

    public int Height => IsNumber ? 4 : 8;
}

/// <summary>Panels under a heading.</summary>
internal sealed record Row(string Title, params Panel[] Panels);

/// <summary>A dashboard, and the JSON that Grafana reads.</summary>
internal sealed record Dashboard(string Name, string Title, params Row[] Rows)
{
    private const int Columns = 24;

    public string Uid => $"wallets-{Name}";

    public JsonObject ToJson()
    {
        var panels = new JsonArray();
        var (y, id) = (0, 0);
        foreach (var row in Rows)
        {
            panels.Add(new JsonObject
            {
                ["id"] = ++id, ["type"] = "row", ["title"] = row.Title, ["collapsed"] = false, ["gridPos"] = Place(0, y++, Columns, 1),
                ["panels"] = new JsonArray(),
            });
            var (x, height) = (0, 0);
            foreach (var panel in row.Panels)
            {
                if (x + panel.Width > Columns) (x, y, height) = (0, y + height, 0);
                panels.Add(ToJson(panel, ++id, Place(x, y, panel.Width, panel.Height)));
                (x, height) = (x + panel.Width, Math.Max(height, panel.Height));
            }

            y += height;
        }

        return new JsonObject
        {
            ["uid"] = Uid,
            ["title"] = Title,
            ["tags"] = new JsonArray("wallets"),
            ["schemaVersion"] = 39,
            ["editable"] = true,
            ["graphTooltip"] = 1,
            ["timezone"] = "browser",
            ["refresh"] = "10s",
            ["time"] = new JsonObject { ["from"] = "now-1h", ["to"] = "now" },
            ["links"] = new JsonArray(new JsonObject
            {
                ["type"] = "dashboards", ["title"] = "Wallet tracker", ["tags"] = new JsonArray("wallets"), ["asDropdown"] = true,
                ["keepTime"] = true,
            }),
            ["templating"] = new JsonObject
            {
                ["list"] = new JsonArray(new JsonObject
                {
                    ["name"] = "datasource", ["label"] = "Prometheus", ["type"] = "datasource", ["query"] = "prometheus", ["refresh"] = 1,
                }),
            },
            ["annotations"] = new JsonObject { ["list"] = new JsonArray() },
            ["panels"] = panels,
        };
    }

    private static JsonObject ToJson(Panel panel, int id, JsonObject place)
    {
        var targets = new JsonArray();
        foreach (var (query, i) in panel.Queries.Select((query, i) => (query, i)))
        {
            targets.Add(new JsonObject
            {
                ["refId"] = $"{(char)('A' + i)}", ["expr"] = query.Expr, ["legendFormat"] = query.Legend, ["range"] = true,
            });
        }

        var json = new JsonObject
        {
            ["id"] = id,
            ["type"] = panel.IsNumber ? "stat" : "timeseries",
            ["title"] = panel.Title,
            ["gridPos"] = place,
            ["datasource"] = new JsonObject { ["type"] = "prometheus", ["uid"] = "${datasource}" },
            ["fieldConfig"] = new JsonObject
            {
                ["defaults"] = new JsonObject { ["unit"] = panel.Unit, ["min"] = 0 },
                ["overrides"] = new JsonArray(),
            },
            ["targets"] = targets,
        };
        if (panel.Help.Length > 0) json["description"] = panel.Help;
        return json;
    }

    private static JsonObject Place(int x, int y, int w, int h) => new() { ["x"] = x, ["y"] = y, ["w"] = w, ["h"] = h };
}
