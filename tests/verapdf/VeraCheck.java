// Judges PDF files by the veraPDF engine. Usage: VeraCheck FLAVOUR[,FLAVOUR...] FILE.pdf...
// One JSON object a line: {"file", "flavour", "compliant", "checks", "failures": {"clause-test": "message", ...}}.
// What cannot be parsed, and a flavour the engine does not know, is not compliant. Exit status 0, or 2 for bad usage.

import java.io.FileInputStream;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

public final class VeraCheck {
  private VeraCheck() {}

  public static void main(String[] args) {
    if (args.length < 2) {
      System.exit(2);
    }
    Logger.getLogger("").setLevel(Level.OFF);
    VeraGreenfieldFoundryProvider.initialise();
    for (int i = 1; i < args.length; i++) {
      for (String flavour : args[0].split(",")) {
        System.out.println(judge(args[i], flavour));
      }
    }
  }

  private static String judge(String file, String name) {
    Map<String, String> failures = new TreeMap<>();
    int checks = 0;
    boolean compliant = false;
    PDFAFlavour flavour = PDFAFlavour.byFlavourId(name);
    if (flavour == PDFAFlavour.NO_FLAVOUR) {
      failures.put("flavour", "the engine does not know it");
    } else {
      try (FileInputStream in = new FileInputStream(file);
          PDFAParser parser = Foundries.defaultInstance().createParser(in, flavour);
          PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
        ValidationResult result = validator.validate(parser);
        compliant = result.isCompliant();
        checks = result.getTotalAssertions();
        for (TestAssertion assertion : result.getTestAssertions()) {
          if (assertion.getStatus() == TestAssertion.Status.FAILED) {
            String rule = assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber();
            failures.put(rule, assertion.getMessage() + " @ " + assertion.getLocation().getContext());
          }
        }
      } catch (Exception error) {
        compliant = false;
        failures.put("parse", error.toString());
      }
    }
    StringJoiner told = new StringJoiner(",", "{", "}");
    failures.forEach((rule, message) -> told.add(quoted(rule) + ":" + quoted(message)));
    return "{\"file\":" + quoted(file) + ",\"flavour\":" + quoted(name) + ",\"compliant\":" + compliant
        + ",\"checks\":" + checks + ",\"failures\":" + told + "}";
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : String.valueOf(text).toCharArray()) {
      if (c == '"' || c == '\\' || c < 0x20 || c > 0x7e) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
