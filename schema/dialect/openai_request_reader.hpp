// Reads one request body for openai::inspect; its parts stand by family of endpoints.
#pragma once

#include "schema/dialect/json_reader.hpp"
#include "schema/dialect/openai.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::dialect::openai {

/// Each field's reader consumes the field's value; false means that the body is refused, by
/// `refuse` or by the JSON reader.
class RequestReader {
 public:
  RequestReader(Endpoint endpoint, std::string_view body);
  Inspection run();

 private:
  using FieldReader = bool (RequestReader::*)();
  struct Field {
    std::string_view name;
    std::uint32_t endpoints;  ///< a set of bits, one each
    FieldReader read;
  };
  static const std::array<Field, 21> fields;

  bool refuse(std::string param, std::string detail, Code code = Code::invalid_request);
  Inspection refusal();
  bool field(std::string_view key);
  /// Reads a null; false leaves the reader where it is.
  bool null() { return reader_.next() == 'n' && reader_.skip(); }
  bool complete();

  // Of all endpoints.
  bool model();
  bool flag(const char* param, bool& out);
  bool stream();
  bool integer(const char* param, std::int64_t least, std::int64_t most, std::uint32_t& out);
  bool metadata();
  bool grade();

  // Of OpenAI's answers in text.
  bool stream_options();
  bool choices();
  bool max_tokens();
  bool max_completion_tokens();
  bool tools();
  bool response_format();
  bool messages();
  bool content();
  bool prompt();

  // Of embeddings and rankings.
  bool input();
  bool inputs();
  bool encoding_format();
  bool tokens(const char* shape);
  bool query();
  bool documents();

  // Of Ollama's chat and generate.
  bool ollama_stream();
  bool images();
  bool format();
  bool options();
  bool raw();
  bool context();
  bool think();

  Endpoint endpoint_;
  json::Reader reader_;
  RequestFacts facts_;
  Refused refused_;
  bool has_messages_ = false;
  bool has_prompt_ = false;
  bool has_input_ = false;
  bool has_query_ = false;
  bool has_documents_ = false;
};

}  // namespace weir::dialect::openai
