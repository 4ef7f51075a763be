using System.Globalization;
using System.Net;
using System.Text;

namespace Emulator.Bench.Comparison;

/// <summary>A drawing of bars and text in SVG 1.1, without a background; its colours follow the reader's light or dark page.</summary>
internal sealed class SvgDrawing(int width, int height, string title)
{
    private const string Style =
        """
        text { font-family: system-ui, sans-serif; font-size: 12px; fill: #1f2328; }
        .title { font-size: 16px; font-weight: 600; }
        .note, .tick { font-size: 11px; fill: #59636e; }
        .value { font-size: 9px; fill: #59636e; }
        .name { text-anchor: end; }
        .tick { text-anchor: middle; }
        .grid { stroke: #8c959f; stroke-opacity: 0.35; stroke-width: 1; }
        .s0 { fill: #6e7781; } .s1 { fill: #0969da; } .s2 { fill: #bc4c00; } .s3 { fill: #1a7f37; } .s4 { fill: #8250df; } .s5 { fill: #bf3989; }
        @media (prefers-color-scheme: dark) {
          text { fill: #f0f6fc; }
          .note, .tick, .value { fill: #9198a1; }
          .s0 { fill: #9198a1; } .s1 { fill: #4493f8; } .s2 { fill: #f0883e; } .s3 { fill: #3fb950; } .s4 { fill: #ab7df8; } .s5 { fill: #db61a2; }
        }
        """;

    private const int Colours = 6;

    private readonly StringBuilder _body = new();

    /// <summary>Text with its baseline at a point.</summary>
    public void Text(double x, double y, string text, string kind)
        => _body.Append(CultureInfo.InvariantCulture, $"  <text x=\"{x:0.#}\" y=\"{y:0.#}\" class=\"{kind}\">{WebUtility.HtmlEncode(text)}</text>\n");

    /// <summary>A bar in the colour of a series.</summary>
    public void Bar(double x, double y, double length, double thickness, int series)
        => _body.Append(
            CultureInfo.InvariantCulture,
            $"  <rect x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{Math.Max(length, 1):0.#}\" height=\"{thickness:0.#}\" class=\"s{series % Colours}\"/>\n");

    /// <summary>An upright line of the grid.</summary>
    public void GridLine(double x, double top, double bottom)
        => _body.Append(
            CultureInfo.InvariantCulture, $"  <line x1=\"{x:0.#}\" y1=\"{top:0.#}\" x2=\"{x:0.#}\" y2=\"{bottom:0.#}\" class=\"grid\"/>\n");

    /// <summary>The document.</summary>
    public override string ToString() =>
        $"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
          <title>{WebUtility.HtmlEncode(title)}</title>
          <style>
        {Style}
          </style>
        {_body}</svg>

        """;
}
